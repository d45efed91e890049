// From `put` to acknowledged against the embedded Kinesis: the processor time of the client alone, in each runtime.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { KinesisClient } from 'kinesis-edge';
import { Stop } from '../../../xtask/say.mjs';
import { startKinesis } from '../../js/world.mjs';
import { CREDENTIALS, REGION, STREAM } from '../inputs.js';
import { spread } from '../rounds.js';
import { bundle } from '../runtimes/bundle.mjs';
import { launch, serve } from '../runtimes/chromium.mjs';
import { ask, startWorker } from '../runtimes/workerd.mjs';
import { CONTESTANT_NAMES } from './contestants.js';

const COUNT = 20_000;
const HOSTS = { node: inNode, chromium: inChromium, workerd: inWorkerd };

/** `[{ name, cpu }]`: microseconds per record, as medians with quartiles. */
export async function produceAgainstKinesis(runtime, { rounds }) {
  const kinesis = await startKinesis(['--no-limits']);
  const host = await HOSTS[runtime]();
  try {
    const options = { region: REGION, endpoint: kinesis.endpoint, credentials: CREDENTIALS };
    await new KinesisClient(options).call('CreateStream', { StreamName: STREAM, ShardCount: 4 });
    const field = CONTESTANT_NAMES.map((name) => ({ name, cpu: [] }));
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
  const round = async (given) => {
    child.send(given);
    const [{ cpu }] = await Promise.race([once(child, 'message'), failed]);
    return cpu;
  };
  return { round, stop: () => child.kill() };
}

async function inChromium() {
  const files = await serve({ '/page.js': await bundle('runtimes/page.js', 'browser') });
  const browser = await launch();
  const page = await browser.newPage();
  await page.goto(`${files.endpoint}/?page.js`);
  await page.waitForFunction(() => 'produce' in globalThis);
  const session = await browser.newBrowserCDPSession();
  // A page's requests are the network process's work, whoever makes them: the page's own process is the client.
  const cpu = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { id, cpuTime }) => sum + (isLinux ? cpuOfProcess(id) : cpuTime * 1e6), 0);
  };
  const round = (given) => spent(cpu, () => page.evaluate((of) => globalThis.produce(of), given));
  const stop = async () => {
    await browser.close();
    await files.stop();
  };
  return { round, stop };
}

async function inWorkerd() {
  if (!isLinux) throw new Stop("workerd's processor time is read from /proc: run this on Linux, or with --runtimes node,chromium");
  const before = new Set(children());
  const miniflare = await startWorker({ 'worker.js': await bundle('runtimes/worker.js', 'workerd') });
  await miniflare.ready;
  const mine = children().filter((id) => !before.has(id));
  const cpu = async () => mine.reduce((sum, id) => sum + cpuOfProcess(id), 0);
  return { round: (given) => spent(cpu, () => ask(miniflare, { round: given })), stop: () => miniflare.dispose() };
}

async function spent(cpu, work) {
  const before = await cpu();
  await work();
  return (await cpu()) - before;
}

const isLinux = process.platform === 'linux';

/** The children of this process. */
function children() {
  return readdirSync('/proc').filter((id) => /^\d+$/.test(id) && parentOf(id) === process.pid);
}

function parentOf(id) {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]);
  } catch {
    // It has ended since.
    return undefined;
  }
}

/** Microseconds of all threads; the kernel counts nanoseconds for each. */
function cpuOfProcess(id) {
  const tasks = `/proc/${id}/task`;
  return readdirSync(tasks).reduce((sum, task) => sum + Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000, 0);
}
