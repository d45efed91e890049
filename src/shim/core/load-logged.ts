import { isModuleScope } from './host.js';
import { type Logger, log } from './logger.js';
import type { CoreModule, Glue } from './module.js';

/** Waits for a module. Logs where that takes long: the request of its file may never be answered. */
export async function loadLogged(module: CoreModule<Glue>, logger: Logger | undefined): Promise<void> {
  const warn = () => log(logger, 'warn', `the WebAssembly module is not there after ${SLOW_MS} ms: ${REMEDY}`);
  const timer = logger && !module.isReady && !isModuleScope() ? setTimeout(warn, SLOW_MS) : undefined;
  try {
    await module.load();
  } finally {
    clearTimeout(timer);
  }
}

const SLOW_MS = 10_000;
const REMEDY =
  "look at the request of its .wasm file in the browser, or import 'kinesis-edge/inline', which needs no such file";
