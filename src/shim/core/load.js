import init, { initSync } from '../generated/bindgen.js';
import { enter } from './core.js';
import { KinesisError } from './error.js';

/**
 * The WebAssembly module, loaded once. Each platform's entry says where it comes from.
 * @typedef {WebAssembly.Module | BufferSource | Response} Source
 */

let loaded = false;
/** @type {(() => Source | Promise<Source>) | undefined} */
let find;
/** @type {Promise<void> | undefined} */
let loading;
/** @type {() => void} */
let resolveReady;
/** @type {(error: KinesisError) => void} */
let rejectReady;

/** Settles with the first attempt to load the module. */
export const ready = new Promise((resolve, reject) => {
  resolveReady = () => resolve(undefined);
  rejectReady = reject;
});
// A page that never looks at `ready` still hears of the failure, from the first call that needs the module.
ready.catch(() => {});

/**
 * Instantiates at once, unless another entry has: for hosts that have the module in their hands.
 * @param {WebAssembly.Module | BufferSource} module
 */
export function loadNow(module) {
  if (loaded) return;
  initSync({ module });
  done();
}

/**
 * Loads in the background. A load that fails is tried again by the next call that needs the module.
 * @param {() => Source | Promise<Source>} source
 * @returns {Promise<void>}
 */
export function load(source) {
  find = source;
  return whenLoaded();
}

/** @returns {Promise<void>} */
export async function whenLoaded() {
  if (loaded) return;
  if (!find) throw new KinesisError('ERR_CORE', 'the WebAssembly module is not loaded yet: await `ready` first');
  loading ??= instantiate(find);
  try {
    await loading;
  } catch (error) {
    loading = undefined;
    const failure = new KinesisError('ERR_CORE', `the WebAssembly module could not be loaded: ${error}`, { cause: error });
    rejectReady(failure);
    throw failure;
  }
}

export function isLoaded() {
  return loaded;
}

/** @param {() => Source | Promise<Source>} source */
async function instantiate(source) {
  await init({ module_or_path: source() });
  done();
}

function done() {
  loaded = true;
  enter();
  resolveReady();
}
