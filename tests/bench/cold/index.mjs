// Import, instantiate and the first signed request, each time in a fresh process, page or isolate.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment } from '../../../xtask/say.mjs';
import { spread } from '../rounds.js';
import { bundle } from '../runtimes/bundle.mjs';
import { launch, serve } from '../runtimes/chromium.mjs';
import { openUntracedPage } from '../runtimes/untraced-page.mjs';
import { startWorker } from '../runtimes/workerd.mjs';

const PEERS = { 'kinesis-edge': 'ours', 'client-kinesis': 'sdk', floor: 'nothing' };
const HOSTS = { node: inNode, chromium: inChromium, workerd: inWorkerd };

/** `[{ name, wall }]`: microseconds, as medians with quartiles. */
export async function coldStarts(runtime, { rounds }) {
  const host = await HOSTS[runtime]();
  const field = Object.entries(PEERS).map(([name, script]) => ({ name, script, wall: [] }));
  try {
    // The first round fills the disk's cache.
    for (let round = -1; round < rounds; round += 1) {
      for (const { script, wall } of field) {
        const ms = await host.start(script);
        if (round >= 0) wall.push(ms * 1000);
      }
    }
  } finally {
    await host.stop();
  }
  return field.map(({ name, wall }) => ({ name, wall: spread(wall) }));
}

async function inNode() {
  const program = fileURLToPath(new URL('./node.mjs', import.meta.url));
  const start = async (script) => Number((await promisify(execFile)('node', [program, script], { env: environment })).stdout);
  return { start, stop() {} };
}

/** In a fresh page that is at rest; the scripts come from loopback and from no cache. */
async function inChromium() {
  const scripts = {};
  for (const script of Object.values(PEERS)) scripts[`/${script}.js`] = await bundle(`cold/${script}.js`, 'browser');
  const files = await serve(scripts);
  const browser = await launch();
  const start = async (script) => {
    const page = await openUntracedPage(browser, `${files.endpoint}/`);
    const took = await page.evaluate(startOf, `/${script}.js`);
    await page.close();
    return took;
  };
  const stop = async () => {
    await browser.close();
    await files.stop();
  };
  return { start, stop };
}

async function startOf(script) {
  const start = performance.now();
  const { first } = await import(script);
  await first();
  return performance.now() - start;
}

/** A Worker that imports the rest when it is asked: the clock stands still while a Worker starts. */
async function inWorkerd() {
  const scripts = {};
  for (const script of Object.values(PEERS)) scripts[script] = await bundle(`cold/${script}.js`, 'workerd');
  const start = async (script) => {
    const miniflare = await startWorker({ 'worker.js': WORKER, 'late.js': scripts[script] });
    try {
      const response = await miniflare.dispatchFetch('http://localhost/');
      if (!response.ok) throw new Error(await response.text());
      return (await response.json()).took;
    } finally {
      await miniflare.dispose();
    }
  };
  return { start, stop() {} };
}

const WORKER = `export default {
  async fetch() {
    const start = performance.now();
    const { first } = await import('late.js');
    await first();
    return Response.json({ took: performance.now() - start });
  },
};`;
