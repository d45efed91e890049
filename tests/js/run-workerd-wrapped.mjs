// The suite in workerd with a `globalThis.fetch` that waits.
import { runWorker } from './run-workerd.mjs';

export default function runInWorkerdWrapped(world, options) {
  return runWorker('worker-wrapped.js', { ...world, runtime: 'workerd-wrapped' }, options);
}
