import { inTime } from '../core/in-time.js';

/**
 * Reads what is left of a refused request's body, up to 64 KiB of it, and then cancels it, which stops the upload. A
 * server closes the connection of a body that is not read to its end, and the client's next request on that connection
 * fails. A body that announces more is cancelled at once: its client may wait for the response before it sends. Never
 * rejects.
 */
export async function discardBody({ body, headers }: Request): Promise<void> {
  if (!body) return;
  const isLonger = Number(headers.get('content-length')) > READ_BYTES_MAX;
  if (isLonger) body.cancel().catch(() => {});
  else await readAndCancel(body);
}

async function readAndCancel(body: ReadableStream<Uint8Array>): Promise<void> {
  try {
    const reader = body.getReader();
    await inTime(readSome(reader), READ_MS_MAX, () => {});
    reader.cancel().catch(() => {});
  } catch {
    // The connection has ended.
  }
}

async function readSome(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (let bytes = 0; bytes < READ_BYTES_MAX;) {
    const { done, value } = await reader.read();
    if (done) return;
    bytes += value.length;
  }
}

const READ_BYTES_MAX = 64 * 1024;
/** The response waits for a client that sends slowly, but no longer than this. */
const READ_MS_MAX = 1000;
