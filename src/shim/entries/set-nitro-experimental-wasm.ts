// kinesis-edge for a Worker that Nitro builds without its WebAssembly plugin, as Nuxt does by default. The `.wasm`
// file cannot be bundled then, so the build stops at this file: it lacks what is imported from it, and its name says
// the remedy.
import { KinesisError } from '../core/error.js';

/** A bundler refuses an import that is missing only in a file that has exports. */
export const remedy =
  'set experimental.wasm of Nitro to true (in nuxt.config: nitro: { experimental: { wasm: true } })';

throw new KinesisError('ERR_CORE', `the WebAssembly module is not in this Worker: ${remedy}`);
