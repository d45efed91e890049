/**
 * The package as npm would publish it, in each bundler, host and test runner: installed, used as a user would, and every record that is put
 * is read back from the embedded Kinesis. Prints a table.
 *
 * node tests/package/run.mjs [--quick] [--only PART_OF_A_NAME]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { top } from '../../xtask/say.mjs';
import { BUNDLERS } from './environments/bundlers.mjs';
import { FRAMEWORKS } from './environments/frameworks.mjs';
import { HOSTS } from './environments/hosts.mjs';
import { LINT } from './environments/lint.mjs';
import { PAGES } from './environments/pages.mjs';
import { REACT_NATIVE } from './environments/react-native.mjs';
import { TYPES } from './environments/types.mjs';
import { VITES } from './environments/vite.mjs';
import { WORKERS } from './environments/workers.mjs';
import { folderWith, versionOf } from './tools.mjs';
import { packAndUnpack, startServers } from './setup.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' } } });
const wanted = [...BUNDLERS, ...VITES, ...HOSTS, ...WORKERS, ...FRAMEWORKS, ...REACT_NATIVE, ...PAGES, ...TYPES, ...LINT].filter(({ name, quick }) => (quick || !values.quick) && name.includes(values.only));

const { tarball, unpacked } = await packAndUnpack();
const world = await startServers();
const failures = [];
try {
  console.log(`${'environment'.padEnd(44)} ${'version'.padEnd(12)} seconds`);
  for (const environment of wanted) await tryIn(environment);
} finally {
  await world.stop();
}
for (const { name, error } of failures) console.error(`\n✗ ${name}\n${error.stack}`);
console.log(`\n${wanted.length - failures.length} passed, ${failures.length} failed`);
process.exitCode = failures.length || !wanted.length ? 1 : 0;

/** `places` are those from where an environment puts: each names its records after itself. */
async function tryIn({ name, tools, tool, run, putsNothing, places }) {
  let version = '';
  let seconds = 0;
  try {
    const folder = await folderWith(tools, unpacked);
    version = versionIn(folder, tools, tool);
    const begun = performance.now();
    await run({ folder, tarball, text: name, ...world });
    seconds = (performance.now() - begun) / 1000;
    const found = await world.stored(name);
    const texts = places?.map((place) => `${name}: ${place}`) ?? [name];
    const expected = putsNothing ? [] : texts.flatMap((text) => [`${text}: client`, `${text}: producer`]);
    if (found.join() !== expected.sort().join()) throw new Error(`the stream has [${found.join(', ')}]`);
  } catch (error) {
    failures.push({ name, error });
  }
  console.log(`${name.padEnd(44)} ${version.padEnd(12)} ${failures.at(-1)?.name === name ? 'failed' : seconds.toFixed(1).padStart(7)}`);
}

function versionIn(folder, tools, tool) {
  if (!tool) return tools === 'none' ? process.version.slice(1) : '';
  if (tools !== 'none') return versionOf(folder, tool);
  return JSON.parse(readFileSync(join(top, 'node_modules', tool, 'package.json'), 'utf8')).version;
}
