// The command `kinesis-edge`: src/cli and the packages that it is made with, in one script of dist for Node.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { licenceOfPackage } from './licences.mjs';
import { top } from './say.mjs';

/** What it finds beside it when it runs: this package, and what its user may have installed. */
const EXTERNAL = ['kinesis-edge', 'kinesis-edge/node', '@aws-sdk/credential-providers'];
export const CLI = 'cli.js';

/** Writes the script. Returns the folders of the packages that it contains. */
export async function writeCli(out) {
  const { build } = await import('esbuild');
  const { version } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8'));
  const { outputFiles, metafile } = await build({
    absWorkingDir: top,
    entryPoints: [join('src', 'cli', 'main.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    charset: 'utf8',
    external: EXTERNAL,
    define: { KINESIS_EDGE_VERSION: JSON.stringify(version) },
    banner: { js: BANNER },
    outfile: join(out, CLI),
    metafile: true,
    write: false,
    logLevel: 'error',
  });
  writeFileSync(join(out, CLI), outputFiles[0].contents, { mode: 0o755 });
  return packagesIn(Object.keys(metafile.inputs));
}

/** The licences of the packages in the script. */
export function licencesOf(folders) {
  return `\n${HEAD}\n${folders.map(licenceOfPackage).join('\n')}`;
}

function packagesIn(inputs) {
  const folders = inputs.map((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders)].filter((folder) => folder !== undefined).sort().map((folder) => join(top, folder));
}

/** Packages in CommonJS require modules of Node. */
const BANNER = `#!/usr/bin/env node
import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);`;
const HEAD = `The command kinesis-edge, dist/${CLI}, contains code of these npm packages.
`;
