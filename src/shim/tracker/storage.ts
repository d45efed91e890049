// JSON values in Web Storage. The browser may forbid it, and it may be full: then memory has to do.

import { toJson } from '../core/json.js';

type StorageName = 'localStorage' | 'sessionStorage';

/** `undefined` where nothing is stored, or nothing that can be read. */
export function readStored(storage: StorageName, key: string): unknown {
  try {
    // `JSON.parse(null)` is null.
    return JSON.parse(globalThis[storage].getItem(key) as string) ?? undefined;
  } catch {
    return undefined;
  }
}

/** @param value `undefined` removes what is stored */
export function writeStored(storage: StorageName, key: string, value: unknown): void {
  try {
    if (value === undefined) globalThis[storage].removeItem(key);
    else globalThis[storage].setItem(key, toJson(value) as string);
  } catch {
    // The value stays in memory.
  }
}
