// Growth: a producer's time per record and its memory from 1,000 to 1,000,000 records, and what a full buffer takes. In a process
// of its own: node --expose-gc tests/bench/growth.mjs prints JSON.
import { event } from './inputs.js';
import { ownProcessorTime, spread } from './rounds.js';
import { countEntries, withStubbedFetch } from './stub.js';

const MIB = 1024 * 1024;
/** @type {WebAssembly.Memory | undefined} */
let wasm;
const { producer: newProducer } = await importWatched();
const data = event(0);

const results = [];
await withStubbedFetch(countEntries, async () => {
  await put(newProducer(), 100_000);
  for (const count of [1000, 10_000, 100_000, 1_000_000]) results.push(await grow(count));
});
globalThis.fetch = () => new Promise(() => {});
const buffered = await fillBuffer();
globalThis.fetch = async () => new Response('', { status: 500 });
const failing = await fillBuffer();
process.stdout.write(JSON.stringify({ results, buffered, failing }));
process.exit(0);

/** One producer, so many records; small counts several times over. */
async function grow(count) {
  const producer = newProducer();
  const times = [];
  for (let round = 0; round < Math.min(50, Math.max(3, 200_000 / count)); round += 1) {
    const before = ownProcessorTime();
    await put(producer, count);
    times.push((ownProcessorTime() - before) / count);
  }
  const memory = await memoryNow();
  await producer.close();
  return { count, cpu: spread(times), ...memory };
}

/** A thousand in each turn of the event loop. */
async function put(producer, count) {
  for (let index = 0; index < count; index += 1) {
    if (index % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    producer.put(data, { partitionKey: 'visitor' });
  }
  const { failed } = await producer.flush();
  if (failed > 0) throw new Error(`${failed} records failed`);
}

/** Nothing is delivered: all that is put stays. */
async function fillBuffer() {
  const producer = newProducer({ bufferBytesMax: 64 * MIB, bufferRecordsMax: 1_000_000, requestTimeoutMs: 600_000 });
  const empty = await memoryNow();
  for (let index = 0; index < 240_000; index += 1) producer.put(data, { partitionKey: 'visitor' });
  const { bytesBuffered } = producer.stats;
  // Every request is sent, where one that fails makes room for the next.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const full = await memoryNow();
  const grown = full.wasmBytes - empty.wasmBytes + full.heapBytes - empty.heapBytes;
  return { bytesBuffered, wasmBytes: full.wasmBytes - empty.wasmBytes, heapBytes: full.heapBytes - empty.heapBytes, rssBytes: full.rssBytes - empty.rssBytes, ratio: grown / bytesBuffered };
}

/** After a full collection: JavaScript's heap with the buffers outside of it, the module's memory, and the process. */
async function memoryNow() {
  for (let count = 0; count < 3; count += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  const wasmBytes = wasm.buffer.byteLength;
  return { heapBytes: heapUsed + arrayBuffers, wasmBytes, rssBytes: rss };
}

/** Imports the package and keeps hold of its memory. */
async function importWatched() {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      // The first is ours: the host has instances of its own. Names of exports are short.
      wasm ??= Object.values(this.exports).find((value) => value instanceof WebAssembly.Memory);
    }
  };
  return import('./peers/ours.js');
}
