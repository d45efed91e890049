// Which records an outbox drops: those that are too old, then those that are too large by themselves, then the
// oldest until the rest fits.
import type { RecordKey } from './database.js';

export interface Trimmed {
  tooOld: RecordKey[];
  tooMany: RecordKey[];
  /** Bytes of the rest. */
  bytes: number;
}

/** @param keys the oldest first */
export function chooseDropped(keys: RecordKey[], bytesMax: number, isTooOld: (key: RecordKey) => boolean): Trimmed {
  const tooOld: RecordKey[] = [];
  const rest: RecordKey[] = [];
  for (const key of keys) (isTooOld(key) ? tooOld : rest).push(key);
  const tooMany: RecordKey[] = [];
  let bytes = sizeOf(rest);
  const drop = (key: RecordKey) => {
    tooMany.push(key);
    bytes -= key[2];
  };
  // First the records that are larger than `bytesMax`, so that no other record is dropped because of them.
  for (const key of rest) if (key[2] > bytesMax) drop(key);
  for (const key of rest) if (bytes > bytesMax && key[2] <= bytesMax) drop(key);
  return { tooOld, tooMany, bytes };
}

export function sizeOf(keys: RecordKey[]): number {
  let sum = 0;
  for (const [, , bytes] of keys) sum += bytes;
  return sum;
}
