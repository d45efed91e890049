// The floor: what the host itself needs for base64 and SHA-256 of the same bytes. Runs in every runtime.

const buffer = globalThis.Buffer;
const createHash = globalThis.process?.getBuiltinModule?.('node:crypto')?.createHash;
const isNode = typeof buffer === 'function' && createHash !== undefined && typeof document === 'undefined' && !globalThis.navigator?.userAgent?.includes('Cloudflare');

/** The fastest base64 that the host has. */
export const toBase64 = isNode
  ? (bytes) => buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
  : typeof Uint8Array.prototype.toBase64 === 'function'
    ? (bytes) => bytes.toBase64()
    : (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/** The host's SHA-256: at once in Node, else a promise. */
export const sha256 = isNode ? (bytes) => createHash('sha256').update(bytes).digest() : (bytes) => crypto.subtle.digest('SHA-256', bytes);

/** The data in base64 and the digest of the body that carries it, and nothing else. */
export function floorOf(data, body) {
  return async () => {
    toBase64(data);
    await sha256(body);
  };
}

/** The body of a PutRecords with these entries. */
export function bodyOf(StreamName, records) {
  const Records = records.map(({ Data, PartitionKey }) => ({ Data: toBase64(Data), PartitionKey }));
  return new TextEncoder().encode(JSON.stringify({ StreamName, Records }));
}

export function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
