import { KinesisError, errorOf } from '../core/error.js';
import type { PagedMap } from '../core/paged-map.js';
import type { ProducerReport } from '../generated/producer-module.js';
import type { Measurements } from './measurements.js';
import type { PendingRecord } from './records.js';

/** What has come of a report. */
export interface Settled {
  /** The outbox ids of the records to remove from the outbox. */
  done: string[];
  delivered: number;
}

/**
 * Settles the records that a report names.
 * @param fail called for a record that was given up
 */
export function settleRecords(
  { delivered, failed }: ProducerReport,
  pending: PagedMap<PendingRecord>,
  measurements: Measurements,
  fail: (record: PendingRecord, error: KinesisError) => void,
): Settled {
  const done: string[] = [];
  const records = resolveDelivered(JSON.parse(delivered), pending, measurements, done);
  for (const { ids, attempts, error } of failed) {
    if (attempts > 0) measurements.retriesPerRecord.add(attempts - 1, ids.length);
    for (const id of ids) {
      const record = pending.remove(id);
      if (!record) continue;
      // A record that fails because there are no credentials waits in the outbox for the next visit.
      if (record.outboxId !== undefined && error.code !== 'ERR_CREDENTIALS') done.push(record.outboxId);
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
  return { done, delivered: records };
}

/**
 * @param flat as the core writes it: of each entry how many records it holds, their ids, attempts, shard id and
 *   sequence number
 * @returns how many records were delivered
 */
function resolveDelivered(
  flat: any[],
  pending: PagedMap<PendingRecord>,
  { userRecordsPerKinesisRecord, retriesPerRecord }: Measurements,
  done: string[],
): number {
  let delivered = 0;
  for (let at = 0; at < flat.length;) {
    const first = at + 1;
    const count = flat[at];
    delivered += count;
    userRecordsPerKinesisRecord.add(count);
    at = first + count;
    const [attempts, shardId, sequenceNumber] = [flat[at], flat[at + 1], flat[at + 2]];
    retriesPerRecord.add(attempts - 1, count);
    for (let index = first; index < at; index += 1) {
      const record = pending.remove(flat[index]);
      if (record?.outboxId !== undefined) done.push(record.outboxId);
      record?.resolve({ shardId, sequenceNumber, attempts });
    }
    at += 3;
  }
  return delivered;
}
