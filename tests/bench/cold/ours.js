import { KinesisClient } from 'kinesis-edge';
import { OPTIONS, RECORD, trap } from './trap.js';

/** Resolves when the first signed request is handed over. */
export async function first() {
  const { sent, fetch } = trap();
  // The call itself ends only where it fails.
  await Promise.race([sent, new KinesisClient({ ...OPTIONS, fetch }).putRecord(RECORD)]);
}
