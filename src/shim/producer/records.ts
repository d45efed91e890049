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
  /** The core gives a random one where there is none. */
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
  /** Another sender has left it in the outbox. */
  isOrphaned?: boolean;
  /** It was in a core that is gone, and is not in the next one yet. */
  isPutBack?: boolean;
}

/** Reads and checks what `put` is given. A function of the user may be called, and may throw. */
export function readRecord(
  data: unknown,
  options: PutOptions | undefined,
  fallback: string | ((data: unknown) => string) | undefined,
  isStored: boolean,
): RecordInput {
  checkKnown(options, PUT_OPTIONS);
  const given = options?.partitionKey ?? (typeof fallback === 'function' ? fallback(data) : fallback);
  // A promise is refused, and nobody else looks at it.
  handleRejection(given);
  const partitionKey = toOptionalText(given, 'partitionKey') ?? (isStored ? uuidv7() : undefined);
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
