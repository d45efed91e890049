import { ByteBuffer } from '../core/byte-buffer.js';
import { Refusal } from './refusal.js';

export interface RequestBody {
  text: string;
  /** Whether a content type means JSON Lines. */
  isLines: boolean;
}

/**
 * Reads a request's body, decompressed. Never more of it than the limit is in memory, whatever `Content-Length` says
 * and however large it is decompressed. The rest of a body that is refused stays unread.
 */
export async function readBody(request: Request, bytesMax: number): Promise<RequestBody> {
  const { headers } = request;
  const type = contentTypeOf(headers);
  const encoding = contentEncodingOf(headers);
  const bytes = await readBytes(request, encoding, bytesMax);
  if (bytes.length === 0) throw new Refusal(400, 'the body is empty');
  return { text: decode(bytes), isLines: type === JSON_LINES };
}

/** The limit counts the bytes that come: beside `Transfer-Encoding: chunked` a `Content-Length` says nothing. */
async function readBytes(request: Request, encoding: Encoding, bytesMax: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length')) > bytesMax) throw tooLarge(bytesMax);
  return collect(chunksOf(request.body, encoding, bytesMax), bytesMax);
}

function contentTypeOf(headers: Headers): string {
  const type = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (TYPES.has(type)) return type;
  throw new Refusal(415, 'the content type must be application/json, application/x-ndjson or text/plain');
}

function contentEncodingOf(headers: Headers): Encoding {
  const encoding = (headers.get('content-encoding') ?? 'identity').trim().toLowerCase();
  const found = ENCODINGS.find((name) => name === encoding);
  if (found) return found;
  throw new Refusal(415, 'the content encoding must be gzip or deflate', { 'accept-encoding': 'gzip, deflate' });
}

/** The chunks of a body, decompressed. */
function chunksOf(body: Request['body'], encoding: Encoding, bytesMax: number): Chunks {
  if (!body) throw new Refusal(400, 'the body is empty');
  return encoding === 'identity' ? read(body) : decompress(limit(read(body), bytesMax), encoding);
}

async function* read(body: ReadableStream<Uint8Array>): Chunks {
  const reader = body.getReader();
  const next = () => refuseBroken(reader.read());
  try {
    for (let step = await next(); !step.done; step = await next()) yield step.value;
  } finally {
    // Runs as well when the caller reads no further: `discardBody` reads the rest.
    reader.releaseLock();
  }
}

/** All chunks as one. They are not kept one by one: an object takes hundreds of times the memory of a single byte. */
async function collect(chunks: Chunks, bytesMax: number): Promise<Uint8Array> {
  const whole = new ByteBuffer();
  for await (const chunk of limit(chunks, bytesMax)) whole.append(chunk);
  return whole.bytes;
}

/** Passes chunks on until they exceed the limit together. */
async function* limit(chunks: Chunks, bytesMax: number): Chunks {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    yield chunk;
  }
}

/**
 * Writes small slices, each when everything that the one before was decompressed to has been read: workerd keeps that
 * in memory as a whole, up to a thousand times the size of the slice.
 */
async function* decompress(compressed: Chunks, format: CompressionFormat): Chunks {
  const { readable, writable } = new DecompressionStream(format);
  const writer = writable.getWriter();
  const reader = readable.getReader();
  let reading = reader.read();
  try {
    for await (const slice of slicesOf(compressed)) {
      const written = writer.write(slice);
      // A write that waits for room in the stream ends only if the stream is read meanwhile.
      const next = () => refuseBroken(Promise.race([reading, written.then(nextTask)]));
      for (let step = await next(); step && !step.done; step = await next()) {
        yield step.value;
        reading = reader.read();
      }
    }
    writer.close().catch(() => {});
    for (let step = await refuseBroken(reading); !step.done; step = await refuseBroken(reader.read())) yield step.value;
  } finally {
    // Runs as well when the caller reads no further.
    reading.catch(() => {});
    writer.abort().catch(() => {});
  }
}

/** Slices of the same length, but for the last: many small chunks take no longer than a few large ones. */
async function* slicesOf(chunks: Chunks): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let slice = new Uint8Array(SLICE_BYTES);
  let length = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + SLICE_BYTES - length);
      slice.set(part, length);
      at += part.length;
      length += part.length;
      if (length < SLICE_BYTES) break;
      yield slice;
      slice = new Uint8Array(SLICE_BYTES);
      length = 0;
    }
  }
  if (length > 0) yield slice.subarray(0, length);
}

function nextTask(): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined)));
}

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw new Refusal(400, 'the body is not UTF-8');
  }
}

/** Refuses a body whose connection ends too soon, or that cannot be decompressed. */
async function refuseBroken<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, 'the body is broken');
  }
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal(413, `the body is larger than ${bytesMax} bytes`);
}

type Encoding = (typeof ENCODINGS)[number];
type Chunks = AsyncGenerator<Uint8Array>;

const JSON_LINES = 'application/x-ndjson';
const TYPES = new Set(['application/json', 'text/plain', JSON_LINES]);
const ENCODINGS = ['identity', 'gzip', 'deflate'] as const;
const SLICE_BYTES = 1024;
const UTF8 = new TextDecoder('utf-8', { fatal: true });
