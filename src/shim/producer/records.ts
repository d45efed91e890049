import { copyOf, toBytes, toHashKey, toOptionalText } from '../core/data.js';
import { KinesisError, handleRejection } from '../core/error.js';
import { checkKnown } from '../core/option-names.js';
import { uuidv7 } from '../core/uuid.js';
import type { OutboxRecord } from '../outbox/types.js';
import type { PutOptions, PutResult } from './types.js';
import { toRecordData } from './record-data.js';

/** A record as it is put. */
export interface RecordInput {
  data: string | Uint8Array;
  /** If it is `undefined`, the core chooses a random one. */
  partitionKey: string | undefined;
  explicitHashKey: string | undefined;
  outboxId: string | undefined;
}

/** A record that waits for its settlement. */
export interface PendingRecord {
  resolve: (result: PutResult) => void;
  reject: (error: KinesisError) => void;
  partitionKey?: string | undefined;
  outboxId?: string | undefined;
  /**
   * The program has not called a method of the promise of this record. In the handlers of Workers it is always true:
   * they get native promises.
   */
  readonly isIgnored?: boolean;
  /** The outbox had the record already: an earlier page or process has put it there. */
  isOrphaned?: boolean;
  /** The core that had the record was replaced, and the new core does not have it yet. */
  awaitsNewCore?: boolean;
}

/**
 * Reads and checks the arguments of `put`. It may call functions of the user, such as a getter, and these may throw.
 * @param fallback the option `partitionKey`: the key of a record that is put without one, or a function that returns it
 * @param isStored whether the record goes to an outbox: it then gets an id, and a random partition key if it has none
 */
export function readRecord(
  data: unknown,
  options: PutOptions | undefined,
  fallback: string | ((data: unknown) => string) | undefined,
  isStored: boolean,
): RecordInput {
  checkKnown(options, PUT_OPTIONS);
  const key = options?.partitionKey ?? (typeof fallback === 'function' ? fallback(data) : fallback);
  // An async function returns a promise, which is refused as a key. Its own rejection must not count as unhandled.
  handleRejection(key);
  const partitionKey = toOptionalText(key, 'partitionKey') ?? (isStored ? uuidv7() : undefined);
  if (partitionKey === '') throw KinesisError.invalid('partitionKey must have 1 to 256 characters, not 0');
  const explicitHashKey = toHashKey(options?.explicitHashKey, 'explicitHashKey');
  return { data: toRecordData(data), partitionKey, explicitHashKey, outboxId: isStored ? uuidv7() : undefined };
}

const PUT_OPTIONS = {
  owner: 'put',
  known: ['partitionKey', 'explicitHashKey'],
  namesElsewhere: { key: 'partitionKey' },
};

/** The record as an outbox has it, if it has one. */
export function storedRecord({ data, partitionKey, explicitHashKey, outboxId }: RecordInput): OutboxRecord | undefined {
  if (outboxId === undefined || partitionKey === undefined) return undefined;
  const bytes = toBytes(copyOf(data));
  return {
    id: outboxId,
    partitionKey,
    ...(explicitHashKey !== undefined && { explicitHashKey }),
    data: bytes,
    putAt: Date.now(),
  };
}

/** Why a record is refused that is put after `close`. */
export function closedError(): KinesisError {
  return new KinesisError('ERR_CLOSED', 'the producer is closed: it takes no more records');
}
