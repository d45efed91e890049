import { base64 } from '../generated/signer-text.js';
import { base64Bytes } from './base64-bytes.js';

/** The module that signs, out of JavaScript. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return base64Bytes(base64);
}
