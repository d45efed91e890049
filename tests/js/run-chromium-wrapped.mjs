// The suite in Chromium with a `globalThis.fetch` that waits.
import { runPage } from './run-chromium.mjs';
import { wrapFetch } from './wrapped-fetch.js';

export default function runInChromiumWrapped(world, options) {
  return runPage({ ...world, runtime: 'chromium-wrapped' }, options, wrapFetch);
}
