import type { KinesisError } from '../core/error.js';
import type { Intake } from './intake.js';
import type { PendingRecord } from './records.js';

/** A record whose data needs no conversion. */
export interface PlainRecord {
  data: string | Uint8Array;
  partitionKey: string | undefined;
}

/**
 * Puts many records, each by the quickest path that it may take.
 * @param settle called once for each
 * @param intake where short records may be collected at once; none where each record needs more than that
 * @param tryPut puts any record, and returns why it was refused
 */
export function putPlainRecords(
  records: PlainRecord[],
  settle: (error: KinesisError | undefined) => void,
  intake: Intake | undefined,
  tryPut: (record: PlainRecord, pending: PendingRecord) => KinesisError | undefined,
): void {
  const resolve = () => settle(undefined);
  // Records of one key in a row share one object: nothing that is needed later differs between them.
  let pending: PendingRecord | undefined;
  for (const record of records) {
    const { partitionKey } = record;
    if (intake && partitionKey) {
      if (pending?.partitionKey !== partitionKey) pending = { resolve, reject: settle, partitionKey };
      if (intake.addToBatch(record, pending)) continue;
    }
    const refusal = tryPut(record, { resolve, reject: settle });
    if (refusal) settle(refusal);
  }
}
