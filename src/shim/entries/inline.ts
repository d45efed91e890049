// kinesis-edge/inline, for bundlers that move files: contains the module as base64 text, a third larger than its bytes.
import { base64 } from '../generated/inline-wasm.js';
import { wholeModule } from '../core/whole-module.js';

export * from './index.js';

wholeModule.loadFrom(() => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))).catch(() => {});
