import { Refusal } from './collector-answer.js';

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
  if (Number(headers.get('content-length')) > bytesMax) throw tooLarge(bytesMax);
  if (!request.body) throw new Refusal(400, 'the body is empty');
  const chunks = encoding === 'identity' ? read(request.body) : unpack(read(request.body), encoding, bytesMax);
  return { text: decode(await gather(chunks, bytesMax)), isLines: type === LINES };
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
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    parts.push(chunk);
  }
  return parts.length === 1 ? /** @type {Uint8Array} */ (parts[0]) : join(parts, bytes);
}

/**
 * Fed in small slices, because what one slice unpacks to is held at once: a thousand times as much at most.
 * @param {AsyncGenerator<Uint8Array>} packed
 * @param {string} encoding
 * @param {number} bytesMax
 */
async function* unpack(packed, encoding, bytesMax) {
  const { readable, writable } = new DecompressionStream(/** @type {CompressionFormat} */ (encoding));
  const writer = writable.getWriter();
  const feeding = feed(packed, writer, bytesMax);
  // It is heard of below, after what could be unpacked.
  feeding.catch(() => {});
  try {
    yield* read(readable);
    await feeding;
  } finally {
    // Whoever has had enough stops the feeding too.
    writer.abort().catch(() => {});
  }
}

/**
 * @param {AsyncGenerator<Uint8Array>} packed
 * @param {WritableStreamDefaultWriter<any>} writer
 * @param {number} bytesMax
 */
async function feed(packed, writer, bytesMax) {
  let bytes = 0;
  try {
    for await (const chunk of packed) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw tooLarge(bytesMax);
      for (let at = 0; at < chunk.length; at += SLICE_BYTES) await writer.write(chunk.subarray(at, at + SLICE_BYTES));
    }
    await writer.close();
  } catch (error) {
    writer.abort(error).catch(() => {});
    throw error;
  }
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

/**
 * @param {Uint8Array[]} parts
 * @param {number} bytes
 */
function join(parts, bytes) {
  const whole = new Uint8Array(bytes);
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
