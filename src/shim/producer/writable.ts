import { KinesisError, reading } from '../core/error.js';
import type { PutOptions } from './types.js';
import { fromChunk } from './record-data.js';
import type { Producer } from './producer.js';
import type { PendingRecord } from './records.js';

/** A record of the stream has no promise: only `onError`, the logger or the console says that it was given up. */
export function pendingWithoutPromise(): PendingRecord {
  return { resolve: () => {}, reject: () => {}, isIgnored: true };
}

export type TryPut = (data: unknown, options: PutOptions) => KinesisError | undefined;

/**
 * A stream into a producer: a write waits while the buffer has no room, and ends when its record is accepted. The end
 * of the stream waits until all records have settled; `onError` reports those that are given up.
 * @param tryPut returns why a record was refused
 * @param ended called when the stream takes no more chunks: it was closed or aborted, or a chunk was refused
 */
export function writableOf(producer: Producer, tryPut: TryPut, ended: () => void): WritableStream<unknown> {
  return newStream({
    async write(chunk) {
      const { data, ...options } = reading('the chunk', () => fromChunk(chunk));
      for (;;) {
        const refusal = tryPut(data, options);
        if (!refusal) return;
        if (refusal.code !== 'ERR_BUFFER_FULL') {
          ended();
          throw refusal;
        }
        await producer.ready;
      }
    },
    close: () => {
      ended();
      return producer.flush().then(() => {});
    },
    abort: ended,
  });
}

function newStream(sink: UnderlyingSink<unknown>): WritableStream<unknown> {
  try {
    return new WritableStream(sink);
  } catch (cause) {
    const message =
      "writable needs a WritableStream with a sink of one's own: a Worker has it with a compatibility date from 2022-11-30 on, or the flag streams_enable_constructors";
    throw new KinesisError('ERR_INVALID_ARGUMENT', message, { cause });
  }
}
