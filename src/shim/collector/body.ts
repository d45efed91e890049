import { Refusal } from './answer.js';

/**
 * The text of a request's body. It is never held beyond the limit, whatever `Content-Length` says and whatever it unpacks to.
 * @param {Request} request
 * @param {number} bytesMax
 * @returns {Promise<{ text: string, isLines: boolean }>}
 */
export async function readText(request, bytesMax) {
  const { headers } = request;
  const type = typeOf(headers.get('content-type'));
  if (!TYPES.has(type)) throw new Refusal(415, 'the content type must be application/json, application/x-ndjson or text/plain');
  const encoding = (headers.get('content-encoding') ?? 'identity').trim().toLowerCase();
  if (!ENCODINGS.has(encoding)) throw new Refusal(415, 'the content encoding must be gzip or deflate', { 'accept-encoding': 'gzip, deflate' });
  const length = headers.get('content-length');
  if (Number(length) > bytesMax) throw tooLarge(bytesMax);
  // HTTP holds a body to its length.
  const isWhole = encoding === 'identity' && length !== null;
  const bytes = isWhole ? new Uint8Array(await broken(request.arrayBuffer())) : await gather(chunks(request.body, encoding, bytesMax), bytesMax);
  if (bytes.length > bytesMax) throw tooLarge(bytesMax);
  if (bytes.length === 0) throw new Refusal(400, 'the body is empty');
  return { text: decode(bytes), isLines: type === LINES };
}

/**
 * @param {ReadableStream<Uint8Array> | null} body
 * @param {string} encoding
 * @param {number} bytesMax
 */
function chunks(body, encoding, bytesMax) {
  if (!body) throw new Refusal(400, 'the body is empty');
  return encoding === 'identity' ? read(body) : unpack(limited(read(body), bytesMax), encoding);
}

/** @param {ReadableStream<Uint8Array>} body */
async function* read(body) {
  const reader = body.getReader();
  for (let step = await broken(reader.read()); !step.done; step = await broken(reader.read())) yield step.value;
}

/**
 * All chunks as one. One past the limit ends it.
 * @param {AsyncGenerator<Uint8Array>} chunks
 * @param {number} bytesMax
 */
async function gather(chunks, bytesMax) {
  /** @type {Uint8Array[]} */
  const parts = [];
  for await (const chunk of limited(chunks, bytesMax)) parts.push(chunk);
  return parts.length === 1 ? /** @type {Uint8Array} */ (parts[0]) : join(parts);
}

/**
 * @param {AsyncGenerator<Uint8Array>} chunks
 * @param {number} bytesMax
 */
async function* limited(chunks, bytesMax) {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    yield chunk;
  }
}

/**
 * Fed in small slices, the next when all that the last unpacked to has been read: workerd holds that whole, up to a thousand
 * times as much.
 * @param {AsyncGenerator<Uint8Array>} packed
 * @param {string} encoding
 */
async function* unpack(packed, encoding) {
  const { readable, writable } = new DecompressionStream(/** @type {CompressionFormat} */ (encoding));
  const writer = writable.getWriter();
  const reader = readable.getReader();
  let reading = reader.read();
  try {
    for await (const slice of slices(packed)) {
      const written = writer.write(slice);
      // Whoever waits for room in the stream must let it be read meanwhile.
      for (let step; (step = await broken(Promise.race([reading, written.then(turn)]))) && !step.done; reading = reader.read()) yield step.value;
    }
    writer.close().catch(() => {});
    for (let step = await broken(reading); !step.done; step = await broken(reader.read())) yield step.value;
  } finally {
    // Whoever has had enough stops all of it.
    reading.catch(() => {});
    writer.abort().catch(() => {});
  }
}

/** @param {AsyncGenerator<Uint8Array>} chunks */
async function* slices(chunks) {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) yield /** @type {Uint8Array<ArrayBuffer>} */ (chunk.subarray(at, at + SLICE_BYTES));
  }
}

/** @returns {Promise<undefined>} */
function turn() {
  return new Promise((resolve) => setTimeout(() => resolve(undefined)));
}

/** @param {Uint8Array} bytes */
function decode(bytes) {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Refusal(400, 'the body is not UTF-8');
  }
}

/**
 * A body that breaks off, or does not unpack.
 * @template T
 * @param {Promise<T>} step
 */
async function broken(step) {
  try {
    return await step;
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, 'the body is broken');
  }
}

/** @param {Uint8Array[]} parts */
function join(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {number} bytesMax */
function tooLarge(bytesMax) {
  return new Refusal(413, `the body is larger than ${bytesMax} bytes`);
}

/** @param {string | null} header */
function typeOf(header) {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

const LINES = 'application/x-ndjson';
const TYPES = new Set(['application/json', 'text/plain', LINES]);
const ENCODINGS = new Set(['identity', 'gzip', 'deflate']);
const SLICE_BYTES = 1024;
const UTF8 = new TextDecoder('utf-8', { fatal: true });
