// node tests/js/run.mjs [runtime …] [--filter TEXT]: the suite in each runtime, one after the other.
import { command, Stop, say } from '../../xtask/say.mjs';
import { findChrome } from '../../xtask/chrome.mjs';
import { PRODUCER, numericOptions } from '../docs/numeric-options.mjs';
import { startKinesis, startServers } from './servers.mjs';

const RUNTIMES = ['node', 'node-http', 'workerd', 'chromium', 'node-wrapped', 'workerd-wrapped', 'durable-object', 'chromium-wrapped'];

/** Runs the suite; prints each test. Throws where one has failed. */
export async function runSuites(runtimes = RUNTIMES, options = {}) {
  if (runtimes.some((runtime) => runtime.startsWith('chromium'))) process.env.CHROME_PATH = await findChrome();
  say('suite: starting the two verifiers');
  const { world, stop } = await startServers({ log: say });
  let failures = 0;
  try {
    for (const runtime of runtimes) failures += await runIn(runtime, world, options);
  } finally {
    await stop();
  }
  if (failures > 0) throw new Stop(`${failures} of the suite's tests failed`);
}

async function runIn(runtime, world, options) {
  say(`suite: ${runtime}`);
  const { default: runner } = await import(`./run-${runtime}.mjs`);
  // One of its own: an account has 1,000 shards, which are not enough for the streams of all runtimes.
  const kinesis = await startKinesis();
  const { passed, failed, lines } = await runner({ ...world, kinesis: kinesis.endpoint, numericOptions: await numericOptions(PRODUCER) }, options).finally(() => kinesis.stop());
  for (const line of lines) console.log(`  ${line}`);
  console.log(`${runtime}: ${passed} passed, ${failed} failed`);
  if (passed === 0) throw new Stop(`the suite ran no test in ${runtime}`);
  return failed;
}

if (process.argv[1] === import.meta.filename) {
  const [args, filter] = process.argv.slice(2).join(' ').split('--filter').map((part) => part.trim());
  await command(() => runSuites(args ? args.split(' ') : RUNTIMES, { filter }));
  // A handle that a failed test has left open must not keep the process running.
  process.exit();
}
