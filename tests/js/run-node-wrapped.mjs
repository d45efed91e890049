// The suite in Node with a `globalThis.fetch` that waits. It runs in a thread of its own, because QUnit runs once.
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { wrapFetch } from './wrapped-fetch.js';

export default async function runInNodeWrapped(world, options) {
  const thread = new Worker(new URL(import.meta.url), { workerData: { world, options } });
  try {
    const [result] = await once(thread, 'message');
    return result;
  } finally {
    await thread.terminate();
  }
}

if (!isMainThread) {
  wrapFetch();
  // Imported here: the package must find the wrapped `fetch` when it is evaluated.
  const [{ default: QUnit }, { runSuite }] = await Promise.all([import('qunit'), import('./suite/index.js')]);
  parentPort.postMessage(await runSuite(QUnit, { ...workerData.world, runtime: 'node-wrapped' }, workerData.options));
}
