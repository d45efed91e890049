import { base64 } from '../generated/client-deflated.js';
import { inflated } from './inflated.js';

/** The module for a client, from the text in a script. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return inflated(base64);
}
