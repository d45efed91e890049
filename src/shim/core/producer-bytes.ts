import { base64 } from '../generated/producer-deflated.js';
import { inflated } from './inflated.js';

/** The module for a producer, from the text in a script. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return inflated(base64);
}
