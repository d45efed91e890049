import { wholeModule } from '../core/whole-module.js';

export * from './index.js';

/**
 * Loads the module that you bring, for a platform that no entry serves.
 * @param {WebAssembly.Module | BufferSource | Promise<WebAssembly.Module | BufferSource>} module
 * @returns {Promise<void>}
 */
export function start(module) {
  return wholeModule.loadFrom(() => module);
}
