import { inflateSync } from '../generated/inflate.js';
import { base64Bytes } from './base64-bytes.js';

/**
 * The bytes of a module that a script carries: base64 of its raw DEFLATE stream (RFC 1951), as base64 of the module
 * itself leaves less for the HTTP compression of the script. `DecompressionStream` is missing in Safari before 16.4.
 */
export function inflated(base64: string): Uint8Array<ArrayBuffer> {
  return inflateSync(base64Bytes(base64));
}
