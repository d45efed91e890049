import { fromChunk } from './payload.js';

/**
 * A stream into a producer: a write waits while there is no room, and the end waits until all is delivered.
 * @param {import('./producer.js').Producer} producer
 * @param {(data: unknown, options: import('../types/types.js').PutOptions) => import('../core/error.js').KinesisError | undefined} tryPut
 * @returns {WritableStream<unknown>}
 */
export function writableOf(producer, tryPut) {
  return new WritableStream({
    async write(chunk) {
      const { data, ...options } = fromChunk(chunk);
      for (;;) {
        const refusal = tryPut(data, options);
        if (!refusal) return;
        if (refusal.code !== 'ERR_BUFFER_FULL') throw refusal;
        await producer.ready;
      }
    },
    close: () => producer.flush().then(() => {}),
  });
}
