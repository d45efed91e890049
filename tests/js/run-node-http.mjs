// Node again, with all requests over `nodeFetch`: what goes wrong on the way, and what must arrive all the same. In a thread of its own,
// as QUnit runs once.
import { once } from 'node:events';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import QUnit from 'qunit';
import { nodeFetch } from 'kinesis-edge/node';
import { runSuite } from './suite/index.js';

export default async function runInNodeOverHttp(world, { filter = TRANSPORT }) {
  const thread = new Worker(new URL(import.meta.url), { workerData: { world, filter } });
  const [result] = await once(thread, 'message');
  return result;
}

/** Tests that ask the network for something. */
const TRANSPORT = '/goes wrong|putting records|only the failed entries|only what failed|of every kind/i';

if (!isMainThread) {
  const { world, filter } = workerData;
  parentPort.postMessage(await runSuite(QUnit, { ...world, runtime: 'nodehttp', fetch: nodeFetch }, { filter }));
}
