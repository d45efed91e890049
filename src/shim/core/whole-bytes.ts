import { base64 } from '../generated/whole-deflated.js';
import { inflated } from './inflated.js';

/** The whole module, from the text in a script. */
export function moduleBytes(): Uint8Array<ArrayBuffer> {
  return inflated(base64);
}
