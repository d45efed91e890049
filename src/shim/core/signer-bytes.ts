import { base64 } from '../generated/signer-deflated.js';
import { inflated } from './inflated.js';

/** The module that signs, from the text in a script. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return inflated(base64);
}
