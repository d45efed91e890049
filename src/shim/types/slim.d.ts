export * from './types.js';

/**
 * Loads the WebAssembly module that you bring, for a platform that no other entry serves. The module is `kinesis-edge/kinesis-edge.wasm`.
 */
export function start(module: WebAssembly.Module | BufferSource | Promise<WebAssembly.Module | BufferSource>): Promise<void>;
