// From `put` to acknowledged against the embedded Kinesis: the processor time of the client alone, in each runtime.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { KinesisClient } from 'kinesis-edge';
import { Stop } from '../../../xtask/say.mjs';
import { startKinesis } from '../../js/servers.mjs';
import { CREDENTIALS, REGION, STREAM } from '../inputs.js';
import { spread } from '../rounds.js';
import { isLinux } from '../processor-time.mjs';
import { openPageForRequests } from '../runtimes/chromium.mjs';
import { ask, openWorker } from '../runtimes/workerd.mjs';
import { contestantsIn } from './contestants.js';

const COUNT = 20_000;
const HOSTS = { node: inNode, chromium: inChromium, workerd: inWorkerd };

/** `[{ name, cpu }]`: microseconds per record, as medians with quartiles. */
export async function produceAgainstKinesis(runtime, { rounds }) {
  if (runtime !== 'node' && !isLinux) throw new Stop('the processor time of other processes is read from /proc: run this on Linux, or with --runtimes node');
  const kinesis = await startKinesis(['--no-limits']);
  const host = await HOSTS[runtime]();
  try {
    const options = { region: REGION, endpoint: kinesis.endpoint, credentials: CREDENTIALS };
    await new KinesisClient(options).call('CreateStream', { StreamName: STREAM, ShardCount: 4 });
    const field = contestantsIn(runtime).map((name) => ({ name, cpu: [] }));
    for (let round = -WARM_UP; round < rounds; round += 1) {
      for (const { name, cpu } of field) {
        const spent = await host.round({ name, endpoint: kinesis.endpoint, count: COUNT });
        if (round >= 0) cpu.push(spent / COUNT);
      }
    }
    return field.map(({ name, cpu }) => ({ name, cpu: spread(cpu) }));
  } finally {
    await host.stop();
    await kinesis.stop();
  }
}

const WARM_UP = 2;

async function inNode() {
  const child = fork(new URL('./node.mjs', import.meta.url), { stdio: 'inherit' });
  const failed = once(child, 'exit').then(() => Promise.reject(new Error('the process of the producer ended')));
  failed.catch(() => {});
  const round = async (input) => {
    child.send(input);
    const [{ cpu }] = await Promise.race([once(child, 'message'), failed]);
    return cpu;
  };
  return { round, stop: () => child.kill() };
}

async function inChromium() {
  const { page, processorTime, stop } = await openPageForRequests();
  // A page's requests are the network process's work, whichever library makes them: the page's own process is the client.
  const round = (input) => spent(processorTime, () => page.evaluate((of) => globalThis.produce(of), input));
  return { round, stop };
}

async function inWorkerd() {
  const { miniflare, processorTime, stop } = await openWorker();
  return { round: (input) => spent(processorTime, () => ask(miniflare, { round: input })), stop };
}

async function spent(processorTime, work) {
  const before = await processorTime();
  await work();
  return (await processorTime()) - before;
}
