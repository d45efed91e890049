import { KinesisError, errorOf } from '../core/error.js';
import type { PagedMap } from '../core/paged-map.js';
import type { SettlementReport } from '../generated/producer-module.js';
import type { Measurements } from './measurements.js';
import type { PendingRecord } from './records.js';

/** What the producer does after the records of a report have settled. */
export interface SettledRecords {
  /** Ids of records to remove from the outbox. */
  outboxIds: string[];
  /** How many records were delivered. */
  deliveredCount: number;
}

/** Whether a report names records: it may be about flushes alone. */
export function haveRecordsSettled({ deliveredJson, failed }: SettlementReport): boolean {
  return failed.length > 0 || deliveredJson !== '[]';
}

/**
 * Settles the records that a report names.
 * @param fail called for a record that was given up
 */
export function settleRecords(
  { deliveredJson, failed }: SettlementReport,
  recordsById: PagedMap<PendingRecord>,
  measurements: Measurements,
  fail: (record: PendingRecord, error: KinesisError) => void,
): SettledRecords {
  const outboxIds: string[] = [];
  const deliveredCount = resolveDelivered(JSON.parse(deliveredJson), recordsById, measurements, outboxIds);
  for (const { ids, attempts, error } of failed) {
    if (attempts > 0) measurements.retriesPerRecord.add(attempts - 1, ids.length);
    for (const id of ids) {
      const record = recordsById.remove(id);
      if (!record) continue;
      // A record that fails because there are no credentials stays in the outbox for the next page.
      if (record.outboxId !== undefined && error.code !== 'ERR_CREDENTIALS') outboxIds.push(record.outboxId);
      fail(
        record,
        errorOf({
          ...error,
          attempts,
          ...(record.partitionKey !== undefined && { partitionKey: record.partitionKey }),
        }),
      );
    }
  }
  return { outboxIds, deliveredCount };
}

/**
 * @param flat as the core writes it, entry after entry: the number of its records, an id for each of them, then the
 *   attempts, the shard id and the sequence number of the entry
 * @returns how many records were delivered
 */
function resolveDelivered(
  flat: any[],
  recordsById: PagedMap<PendingRecord>,
  { userRecordsPerKinesisRecord, retriesPerRecord }: Measurements,
  outboxIds: string[],
): number {
  let deliveredCount = 0;
  for (let at = 0; at < flat.length;) {
    const first = at + 1;
    const count = flat[at];
    deliveredCount += count;
    userRecordsPerKinesisRecord.add(count);
    at = first + count;
    const [attempts, shardId, sequenceNumber] = [flat[at], flat[at + 1], flat[at + 2]];
    retriesPerRecord.add(attempts - 1, count);
    for (let index = first; index < at; index += 1) {
      const record = recordsById.remove(flat[index]);
      if (record?.outboxId !== undefined) outboxIds.push(record.outboxId);
      record?.resolve({ shardId, sequenceNumber, attempts });
    }
    at += 3;
  }
  return deliveredCount;
}
