// kinesis-edge/slim, for platforms that no other entry serves.
import { wholeModule } from '../core/whole-module.js';

export * from './index.js';

type ModuleSource = WebAssembly.Module | BufferSource;

/**
 * Loads the WebAssembly module that you pass, which is `kinesis-edge/kinesis-edge.wasm`.
 * @example
 * import module from 'kinesis-edge/kinesis-edge.wasm';
 *
 * await start(module);
 */
export function start(module: ModuleSource | Promise<ModuleSource>): Promise<void> {
  return wholeModule.loadFrom(() => module);
}
