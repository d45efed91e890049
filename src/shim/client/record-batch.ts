import { clientModule } from '../core/client-module.js';
import { checkSize, copyOf, kindOf, toBytes, toData, toHashKey, toText } from '../core/data.js';
import { KinesisError, reading } from '../core/error.js';
import type { ClientGlue } from '../core/module.js';
import { PackedBatch, isShort } from '../core/packed-batch.js';
import type { CoreClient } from './core-client.js';

type CoreBatch = InstanceType<ClientGlue['RecordBatch']>;

interface Entry {
  data: string | Uint8Array;
  key: string;
  hashKey: string | undefined;
}

/**
 * The entries of `putRecords` as they are now, each checked: the caller may change them before the module is loaded.
 */
export function copyRecords(records: unknown[], recordBytesMax: number): unknown[] {
  const copies = [];
  for (let index = 0; index < records.length; index += 1) {
    const { data, key, hashKey } = readEntry(records[index], index, recordBytesMax);
    copies.push({ Data: copyOf(data), PartitionKey: key, ExplicitHashKey: hashKey });
  }
  return copies;
}

/**
 * A batch of the core with all the entries of `putRecords`. Entries are read between the core's calls, never within
 * one.
 */
export function batchOf(
  client: CoreClient,
  instanceNumber: number,
  records: unknown[],
  recordBytesMax: number,
): CoreBatch {
  const batch = clientModule().run((exports) => new exports.RecordBatch(client), instanceNumber);
  try {
    reading('Records', () => pushAll(batch, instanceNumber, records, recordBytesMax));
    return batch;
  } catch (error) {
    clientModule().free(batch, instanceNumber);
    throw error;
  }
}

function pushAll(batch: CoreBatch, instanceNumber: number, records: unknown[], recordBytesMax: number): void {
  const collected = new PackedBatch<undefined>();
  try {
    for (let index = 0; index < records.length; index += 1) {
      const entry = readEntry(records[index], index, recordBytesMax);
      if (entry.hashKey === undefined && isShort(entry.data, entry.key, recordBytesMax)) {
        collected.add(entry.data, entry.key, undefined);
        if (collected.isFull) pushCollected(batch, instanceNumber, collected);
      } else {
        pushCollected(batch, instanceNumber, collected);
        push(batch, instanceNumber, entry);
      }
    }
  } finally {
    // This runs even if `readEntry` throws, so that an earlier entry which the core refuses decides the error.
    pushCollected(batch, instanceNumber, collected);
  }
}

function pushCollected(batch: CoreBatch, instanceNumber: number, collected: PackedBatch<undefined>): void {
  if (collected.count === 0) return;
  const { bytes, lengths } = collected.take().packed;
  clientModule().run(() => batch.pushMany(bytes, lengths), instanceNumber);
}

function push(batch: CoreBatch, instanceNumber: number, { data, key, hashKey }: Entry): void {
  const bytes = toBytes(data);
  clientModule().run(() => batch.push(bytes, key, hashKey), instanceNumber);
}

function readEntry(entry: unknown, index: number, recordBytesMax: number): Entry {
  if (typeof entry !== 'object' || entry === null) {
    throw KinesisError.invalid(`Records[${index}] must be an object with Data and PartitionKey, not ${kindOf(entry)}`);
  }
  const { Data, PartitionKey, ExplicitHashKey } = entry as Record<string, unknown>;
  const data = toData(Data, 'Data', index);
  const key = toText(PartitionKey, 'PartitionKey', index);
  checkSize(data, recordBytesMax, key, 'Data', index);
  return {
    data,
    key,
    hashKey: toHashKey(ExplicitHashKey, 'ExplicitHashKey', index),
  };
}
