// The suite inside a Durable Object, with a `globalThis.fetch` that waits.
import { runWorker } from './run-workerd.mjs';

export default function runInDurableObject(world, options) {
  return runWorker('durable-object.js', { ...world, runtime: 'durable-object' }, options, { durableObjects: { SUITE: 'Suite' } });
}
