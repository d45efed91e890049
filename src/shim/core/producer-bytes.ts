import { base64 } from '../generated/producer-text.js';
import { base64Bytes } from './base64-bytes.js';

/** The module that has the producer, out of JavaScript: for hosts and bundlers that take no other file along. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return base64Bytes(base64);
}
