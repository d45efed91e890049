import { base64 } from '../generated/whole-text.js';
import { base64Bytes } from './base64-bytes.js';

/** The whole module, out of JavaScript that is read from a disk: to inflate it would take longer than to read it. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return base64Bytes(base64);
}
