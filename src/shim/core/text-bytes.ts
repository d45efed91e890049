import { base64 } from '../generated/whole-text.js';
import { base64Bytes } from './base64-bytes.js';

/**
 * The whole module, from the text in a script, which is not compressed here: a script on a disk is read faster than
 * inflated.
 */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return base64Bytes(base64);
}
