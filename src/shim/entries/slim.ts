// kinesis-edge/slim, for platforms that no other entry serves.
import { useEnvironment } from '../core/environment.js';
import { KinesisError } from '../core/error.js';
import { inTime } from '../core/in-time.js';
import { wholeModule } from '../core/whole-module.js';
import { processEnvironment } from '../credentials/env.js';

export * from './index.js';

// Where the host has environment variables.
useEnvironment(processEnvironment);

type ModuleSource = WebAssembly.Module | BufferSource;

/**
 * Loads the WebAssembly module that you pass, which is `kinesis-edge/kinesis-edge.wasm`. Calls and records that came
 * before wait for it, 10 seconds at most.
 * @example
 * import module from 'kinesis-edge/kinesis-edge.wasm';
 *
 * await start(module);
 */
export function start(module: ModuleSource | Promise<ModuleSource>): Promise<void> {
  passOn(module);
  return wholeModule.loadFrom(() => module);
}

let passOn: (module: ModuleSource | Promise<ModuleSource>) => void;
const firstModule = new Promise<ModuleSource>((resolve) => (passOn = resolve));
// Where it cannot be loaded, `start` rejects.
firstModule.catch(() => {});

wholeModule.useSource(() => {
  const message = `the WebAssembly module is missing: pass it to \`start\`, which was not called for ${START_MS_MAX} ms`;
  return inTime(firstModule, START_MS_MAX, () => {
    throw new KinesisError('ERR_CORE', message);
  });
});

/** How long calls wait for `start`. */
const START_MS_MAX = 10_000;
