import { IMPORTS, enter } from './core.js';
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
 * Instantiates at once: for hosts that have the module in their hands.
 * @param {WebAssembly.Module | BufferSource} module
 */
export function loadNow(module) {
  enter(module instanceof WebAssembly.Module ? module : new WebAssembly.Module(module));
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
  const found = await source();
  enter('arrayBuffer' in found ? await compile(found) : /** @type {any} */ (await WebAssembly.instantiate(found, IMPORTS)));
  done();
}

/** @param {Response} response */
async function compile(response) {
  if (!response.ok) throw new Error(`HTTP ${response.status} for ${response.url}`);
  // A server that names no type, or another, costs the time of compiling while it loads.
  const isWasm = response.headers.get('content-type') === 'application/wasm';
  return isWasm ? WebAssembly.instantiateStreaming(response, IMPORTS) : WebAssembly.instantiate(await response.arrayBuffer(), IMPORTS);
}

function done() {
  loaded = true;
  resolveReady();
}
