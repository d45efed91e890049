// npm test: everything that proves the project, in the order in which it fails fastest.
import { build, buildForTraps } from './build.mjs';
import { findChrome } from './chrome.mjs';
import { findFirefox } from './firefox.mjs';
import { installPackages, installRust } from './install.mjs';
import { Stop, command, run, say } from './say.mjs';
import { simulateHost } from './simulate-host.mjs';
import { PAGE_MODULES } from './wasm.mjs';
import { findWebKit } from './webkit.mjs';
import { pythonWithPackages } from '../tests/verifiers/python.mjs';

/** A handle that a failed test has left open must not keep the process running. */
const TEST = ['--test', '--test-force-exit'];

/** Where they are: found before the first step. */
const browsers = {};

const STEPS = [
  ['scripts: they start in a fresh clone', () => run('node', [...TEST, 'tests/js/scripts.test.mjs'])],
  ['rustfmt', () => run('cargo', ['fmt', '--all', '--check'])],
  ['clippy', clippy],
  ['prettier: the shim and the command', () => run('prettier', ['--check', '--log-level', 'warn', 'src/shim/**/*.ts', 'src/cli/**/*.ts', 'src/worker.js'])],
  ['the direction of imports', () => run('node', [...TEST, 'tests/js/architecture.test.mjs'])],
  ['options that are numbers', () => run('node', [...TEST, 'tests/js/numeric-options.test.mjs'])],
  ['build', build],
  // Imported when the packages that it needs are installed.
  ['sizes: each import within its budget', async () => (await import('./budget.mjs')).checkBudget()],
  ['types: tsc over the shim and the command', () => run('tsc', ['-p', 'tsconfig.json'])],
  ['examples: their types, their versions, and the lists that they are in', () => run('node', [...TEST, 'tests/js/examples.test.mjs'])],
  ['examples in the documentation of types: they compile, and no function lacks one', () => run('node', [...TEST, 'tests/js/type-examples.test.mjs'])],
  ['the documentation of the core', () => run('cargo', ['doc', '--locked', '--no-deps', '--quiet', '-p', 'kinesis-edge'], { env: { RUSTDOCFLAGS: '-D warnings' } })],
  ['Rust tests of the core', () => run('cargo', ['test', '--locked', '-p', 'kinesis-edge', '--quiet'])],
  // In release, as the suite runs it: nothing is compiled twice.
  ['Rust tests of the embedded Kinesis', () => run('cargo', ['test', '--locked', '--release', '-p', 'kinesis-server', '--quiet'])],
  ['embedded Kinesis', () => run('cargo', ['build', '--locked', '--release', '-p', 'kinesis-server', '--quiet'])],
  // It builds dist/ again.
  ['package: packed, installed and imported', () => run('node', [...TEST, 'tests/js/package.test.mjs'])],
];

/** Where the suite runs, and where it runs once more with a `fetch` that waits before it calls the host's. */
const RUNTIMES = ['node', 'node-http', 'workerd', 'chromium', 'durable-object'];
const RUNTIMES_WRAPPED = ['node-wrapped', 'workerd-wrapped', 'chromium-wrapped'];

/** What needs all of the above, the longest first: some of them run at a time, because most of their time is waiting. */
const STEPS_TOGETHER = [
  ['the tracker in Chromium, Firefox and WebKitGTK', (run) => run('node', [...TEST, 'tests/js/tracker.test.mjs'], { env: browsers })],
  ['the tracker in hostile pages, consent that is withdrawn, and what the console shows', (run) => run('node', [...TEST, 'tests/js/tracker-pages.test.mjs', 'tests/js/tracker-consent.test.mjs', 'tests/js/tracker-debug.test.mjs'], { env: browsers })],
  ['suite in Node, workerd, a Durable Object and Chromium', (run) => run('node', ['tests/js/run.mjs', ...RUNTIMES])],
  ['suite with a fetch that waits', (run) => run('node', ['tests/js/run.mjs', ...RUNTIMES_WRAPPED])],
  ['the pages: records, and the shop', page],
  ['the collector, in workerd', (run) => run('node', [...TEST, 'tests/js/collector.test.mjs', 'tests/js/collector-input.test.mjs', 'tests/js/collector-health.test.mjs', 'tests/js/collector-outage.test.mjs', 'tests/js/hono.test.mjs'])],
  ['the command: send, killed and cut off', (run) => run('node', [...TEST, 'tests/js/cli-lines.test.mjs', 'tests/js/cli-quantities.test.mjs', 'tests/js/cli-send.test.mjs'])],
  ['requests that await a shared producer, in workerd', (run) => run('node', [...TEST, 'tests/js/workers-await.test.mjs'])],
  ['the module as a page loads it', (run) => run('node', [...TEST, 'tests/js/loading.test.mjs'], { env: { CHROME_PATH: process.env.CHROME_PATH } })],
  ['what the log says of each misconfiguration', (run) => run('node', [...TEST, 'tests/js/misconfigurations.test.mjs'], { env: { CHROME_PATH: process.env.CHROME_PATH } })],
  ['the command: its errors, put-record, tail and dev', (run) => run('node', [...TEST, '--test-concurrency=1', 'tests/js/cli.test.mjs', 'tests/js/cli-tail.test.mjs', 'tests/js/cli-dev.test.mjs', 'tests/js/cli-dev-start.test.mjs'])],
  ['pages that are left while their requests wait', (run) => run('node', [...TEST, 'tests/js/tracker-leaving.test.mjs'], { env: browsers })],
  ['the oldest compatibility date of a Worker', (run) => run('node', [...TEST, 'tests/js/older-workers.test.mjs'])],
  ['README and docs: blocks of code as pasted, links, generated parts', (run) => run('node', [...TEST, 'tests/js/docs.test.mjs'], { env: { CHROME_PATH: process.env.CHROME_PATH } })],
  ['traps of the module', traps],
  ['from a page through the collector to the stream', (run) => run('node', [...TEST, 'tests/js/collected.test.mjs'], { env: browsers })],
  ['the last moment of a page', (run) => run('node', [...TEST, 'tests/js/pagehide.test.mjs'], { env: { CHROME_PATH: process.env.CHROME_PATH } })],
  ['a host that is wrong about its connection', (run) => run('node', [...TEST, 'tests/js/wrong-navigator.test.mjs'])],
  ['a device that has slept', (run) => run('node', [...TEST, 'tests/js/sleep.test.mjs'])],
  ['a producer before its module is there, and called by what it calls', (run) => run('node', [...TEST, 'tests/js/producer-edges.test.mjs'])],
  ['the benchmark: alike for all, verdicts at their limits', (run) => run('node', [...TEST, 'tests/js/bench.test.mjs'])],
  ['code of the AWS SDK, its import changed', (run) => run('node', [...TEST, 'tests/js/sdk.test.mjs'])],
  ['callbacks, services and outboxes that do what they must not', (run) => run('node', [...TEST, 'tests/js/hostile-callbacks.test.mjs', 'tests/js/tracker-without-page.test.mjs'])],
  ['what nobody expects of callers, proxies and hosts', (run) => run('node', [...TEST, 'tests/js/odd-input.test.mjs', 'tests/js/client-hosts.test.mjs', 'tests/js/dispatcher.test.mjs', 'tests/js/unreported-errors.test.mjs'])],
  ['options that there are not', (run) => run('node', [...TEST, 'tests/js/option-names.test.mjs'])],
  ['streams are read, and each call says how it went', (run) => run('node', [...TEST, 'tests/js/reading.test.mjs'])],
  ['nodeFetch: its connections, and what goes wrong with them', (run) => run('node', [...TEST, 'tests/js/node-fetch.test.mjs'])],
  ['one producer for many requests, in workerd', (run) => run('node', [...TEST, 'tests/js/workers.test.mjs'])],
  ['a producer before the first request of a Worker', (run) => run('node', [...TEST, 'tests/js/workers-module-scope.test.mjs'])],
  ['temporary keys for browsers', (run) => run('node', [...TEST, 'tests/js/temporary-keys.test.mjs'])],
  ['credentials in every form', (run) => run('node', [...TEST, 'tests/js/credentials.test.mjs'])],
  ['signRequest for S3, beside aws4fetch', (run) => run('node', [...TEST, 'tests/js/sign-s3.test.mjs'])],
  ['Lambda functions that read a stream', (run) => run('node', [...TEST, 'tests/js/lambda.test.mjs'])],
  ['credentials of the environment and of an address', (run) => run('node', [...TEST, 'tests/js/own-keys.test.mjs'])],
  ['what the logger says while nothing is delivered', (run) => run('node', [...TEST, 'tests/js/logger-warnings.test.mjs', 'tests/js/exception-topics.test.mjs'])],
  ['the events that an observer gets, and histograms', (run) => run('node', [...TEST, 'tests/js/observer.test.mjs'])],
  ['metrics and spans, as an exporter of OpenTelemetry receives them', (run) => run('node', [...TEST, 'tests/js/opentelemetry.test.mjs'])],
  ['the edge runtime of Next.js: a module of another realm', (run) => run('node', [...TEST, 'tests/js/edge-runtime.test.mjs'])],
  ['what the oldest browsers lack, removed from a page', (run) => run('node', [...TEST, 'tests/js/older-engines.test.mjs'], { env: { CHROME_PATH: process.env.CHROME_PATH } })],
  ['limits, leaks, and secrets in messages', (run) => run('node', [...TEST, 'tests/js/limits-and-leaks.test.mjs'], { env: { CHROME_PATH: process.env.CHROME_PATH } })],
  ['data of every kind, and how errors are printed', (run) => run('node', [...TEST, 'tests/js/data-kinds.test.mjs', 'tests/js/error-names.test.mjs'])],
  ['the order of records of an outbox', (run) => run('node', [...TEST, 'tests/js/outbox-order.test.mjs'])],
  ['requests that are refused, also for a cause that the operator can repair', (run) => run('node', [...TEST, 'tests/js/refusals.test.mjs'])],
];
/** One more than a small machine has cores: most of a step is waiting. */
const TOGETHER = 3;
/** A step that takes as long hangs, also on a machine that does much else. */
const STEP_MS_MAX = 20 * 60_000;
/** Of a step that failed, in the last lines of the run. */
const FAILURE_LINES_MAX = 80;
/** Of each part: two cores simulate that many within 75 s, and a slower machine as many as it can in that time. */
const HOST_SEEDS = 350;

/** What builds the package again, or takes all cores. */
const STEPS_LAST = [
  ['the host simulated: scenarios', () => run('node', [...TEST, 'tests/host-simulation/simulation.test.mjs'])],
  ['the host simulated: as many seeds as fit', () => simulateHost({ seeds: HOST_SEEDS })],
  ['package: a put from bundles, from a development server, by require, from Jest and wrangler', () => run('node', ['tests/package/run.mjs', '--quick'], { env: { CHROME_PATH: process.env.CHROME_PATH } })],
  ['examples: those that need no installation', () => run('node', ['tests/examples/run.mjs', '--quick'], { env: { CHROME_PATH: process.env.CHROME_PATH } })],
];

await command(async () => {
  await installPackages();
  await installRust();
  process.env.CHROME_PATH = await findChrome();
  Object.assign(browsers, { CHROME_PATH: process.env.CHROME_PATH, FIREFOX_PATH: await findFirefox(), WEBKIT_DRIVER_PATH: await findWebKit() });
  // Here, because two steps that need it may begin at once.
  await pythonWithPackages(say);
  await runInOrder(STEPS);
  await runTogether(STEPS_TOGETHER);
  await runInOrder(STEPS_LAST);
  say('all of it passed');
});

async function runInOrder(steps) {
  for (const [name, step] of steps) {
    const from = performance.now();
    say(`── ${name}`);
    await step();
    say(`── done: ${name} (${secondsSince(from)} s)`);
  }
}

function secondsSince(from) {
  return ((performance.now() - from) / 1000).toFixed(0);
}

/** Runs steps side by side, all of them, so that one run shows everything that fails, and its last lines why. */
async function runTogether(steps) {
  const waiting = [...steps];
  const failed = [];
  const next = async () => {
    for (let step; (step = waiting.shift());) {
      const error = await runStep(step);
      if (error) failed.push([step[0], error]);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, next));
  for (const [name, error] of failed) console.log(`\n── FAILED: ${name}\n${failuresOf(error)}`);
  if (failed.length > 0) throw new Stop(`failed: ${failed.map(([name]) => name).join('; ')}`);
}

/** What Node's test runner repeats of the tests that failed; of another program, its last lines. */
function failuresOf({ output = '', stack }) {
  const from = output.indexOf('✖ failing tests:');
  const lines = from < 0 ? output.split('\n').slice(-FAILURE_LINES_MAX) : output.slice(from).split('\n').slice(0, FAILURE_LINES_MAX);
  return [...lines, stack].join('\n');
}

/** What it prints is shown when it ends, so that it stays in one piece. Returns the error that it has failed with. */
async function runStep([name, step]) {
  const from = performance.now();
  let output = '';
  let error;
  say(`── begun: ${name}`);
  await step(async (program, args, options) => {
    output += await run(program, args, { ...options, quiet: true, timeoutMs: STEP_MS_MAX });
  }).catch((reason) => (error = reason));
  say(`── ${error ? 'FAILED' : 'done'}: ${name} (${secondsSince(from)} s)`);
  process.stdout.write(error ? `${output}${error.stack}\n` : output);
  return error;
}

async function clippy() {
  const strict = ['--', '-D', 'warnings'];
  await run('cargo', ['clippy', '--locked', '--quiet', '-p', 'kinesis-edge', '-p', 'xtask', '--all-targets', ...strict]);
  await run('cargo', ['clippy', '--locked', '--quiet', '--release', '-p', 'kinesis-server', '--all-targets', ...strict]);
  const forWasm = ['clippy', '--locked', '--quiet', '-p', 'kinesis-edge', '--target', 'wasm32-unknown-unknown'];
  await run('cargo', [...forWasm, ...strict]);
  for (const { features } of PAGE_MODULES) await run('cargo', [...forWasm, '--no-default-features', '--features', features.join(), ...strict]);
}

async function traps(run) {
  await buildForTraps();
  await run('node', [...TEST, 'tests/js/trap.test.mjs']);
}

async function page(run) {
  const { serve } = await import('./serve.mjs');
  const served = await serve();
  try {
    await run('node', [...TEST, '--test-concurrency=1', 'tests/js/event-states.test.mjs', 'tests/js/page.test.mjs', 'tests/js/shop.test.mjs'], { env: { PAGE_URL: served.page, CHROME_PATH: process.env.CHROME_PATH } });
  } finally {
    await served.stop();
  }
}
