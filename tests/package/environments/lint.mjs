// What publint and attw find wrong with the package: nothing.
import { output } from '../tools.mjs';

async function publint({ folder, tarball }) {
  await output('node', ['node_modules/publint/src/cli.js', 'run', tarball, '--strict'], { cwd: folder });
}

/** The two `.wasm` files are no scripts. */
async function attw({ folder, tarball }) {
  await output('node', ['node_modules/@arethetypeswrong/cli/dist/index.js', tarball, '--exclude-entrypoints', './kinesis-edge.wasm', './kinesis-edge-client.wasm', './kinesis-edge-signer.wasm'], { cwd: folder });
}

export const LINT = [
  { name: 'publint', tools: 'lint', tool: 'publint', putsNothing: true, run: publint },
  { name: 'attw', tools: 'lint', tool: '@arethetypeswrong/cli', putsNothing: true, run: attw },
];
