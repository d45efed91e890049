// JSON values in Web Storage. Where the browser forbids it, or it is full, the value stays in memory only.

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

/**
 * @param value `undefined` removes what is stored
 * @returns whether it is written: otherwise an older value may be stored still
 */
export function writeStored(storage: StorageName, key: string, value: unknown): boolean {
  try {
    if (value === undefined) globalThis[storage].removeItem(key);
    else globalThis[storage].setItem(key, toJson(value) as string);
    return true;
  } catch {
    // The value stays in memory.
    return false;
  }
}
