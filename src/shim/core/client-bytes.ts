import { base64 } from '../generated/client-text.js';
import { base64Bytes } from './base64-bytes.js';

/** The module for a client, out of JavaScript. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return base64Bytes(base64);
}
