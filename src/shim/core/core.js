import { __wbg_reset_state as resetState, run as runInside } from '../generated/bindgen.js';
import { KinesisError } from './error.js';

/**
 * The boundary to the WebAssembly module, whose other side is `src/wasm.rs`: one function with numbers, a text and bytes, which
 * come out by way of `tell`.
 */

let isEntered = false;
let instances = 0;

/** What the core told last, in the call that was last. */
export let told = '';
/** The bytes that went with it: a view of wasm memory. @type {Uint8Array<ArrayBuffer>} */
export let shown = new Uint8Array();
/** @type {Listener | undefined} */
let listening;

/** @typedef {(text: string, bytes: Uint8Array<ArrayBuffer>) => void} Listener */

/** What the core has made and has a number for. One that is dropped is freed. */
export class Handle {
  /** @param {number} number */
  constructor(number) {
    this.number = number;
    this.instance = instances;
    dropped?.register(this, { ...this }, this);
  }

  /** Frees it now, once: its number is for another then. */
  free() {
    dropped?.unregister(this);
    free(this);
    this.instance = -1;
  }
}

/** Older hosts have none. @type {FinalizationRegistry<{ number: number, instance: number }> | undefined} */
const dropped = globalThis.FinalizationRegistry && new FinalizationRegistry(free);

/** @param {{ number: number, instance: number }} handle */
function free(handle) {
  if (handle.instance === instances) runInside(FREE, handle.number, 0, 0, 0, 0, '', NOTHING, 0);
}

/**
 * Does what a command says: `src/wasm.rs` has what each takes and gives. A number that is left out is not a number there.
 * @param {number} command
 * @param {Handle} [target]
 * @param {any} [a] a number
 * @param {any} [b] a number
 * @param {any} [c] a number
 * @param {any} [d] a number
 * @param {string} [text]
 * @param {Uint8Array} [bytes]
 * @param {Listener} [listener] hears what is told while it is
 * @returns {number}
 */
export function run(command, target, a, b, c, d, text = '', bytes = NOTHING, listener) {
  if (!isEntered) throw new KinesisError('ERR_CORE', 'the WebAssembly module is not loaded yet: await `ready` first');
  if (target && target.instance !== instances) throw new Error('the instance was replaced after a failure');
  told = '';
  shown = NOTHING;
  listening = listener;
  const isLong = text.length > SHORT && bytes.length < SCRATCH_MAX;
  const result = runInside(command, target ? target.number : 0, a, b, c, d, isLong ? '' : text, isLong ? withText(bytes, text) : bytes, bytes.length);
  if (result !== result) throw told;
  return result;
}

/**
 * Bytes with a long text behind them: an encoder is quicker at it than the glue, which goes by characters.
 * @param {Uint8Array} bytes
 * @param {string} text
 */
function withText(bytes, text) {
  const { length } = bytes;
  const most = length + text.length * UTF8_PER_UNIT_MAX;
  if (scratch.length < most) scratch = new Uint8Array(most);
  scratch.set(bytes);
  const all = scratch;
  if (most > SCRATCH_MAX) scratch = NOTHING;
  return all.subarray(0, length + encoder.encodeInto(text, all.subarray(length)).written);
}

let scratch = new Uint8Array();

/**
 * What the core calls, with views of its memory.
 * @param {Uint8Array<ArrayBuffer>} text
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export function tell(text, bytes) {
  told = decoder.decode(text);
  shown = bytes;
  listening?.(told, bytes);
}

/**
 * Texts in one; none at all is not what an empty one is. What they are joined by no good text has in it: the core refuses it by
 * the character in its place.
 * @param {(string | null | undefined)[]} texts
 */
export function joined(...texts) {
  return texts.map((text) => text?.replace(/[\0\x01]/g, '\ufffd') ?? '\x01').join('\0');
}

/** There is an instance. */
export function enter() {
  isEntered = true;
}

/** A trap ruins an instance: makes a fresh one. */
export function restart() {
  instances += 1;
  resetState();
}

/** Counts instances: what was made by an older one is lost. */
export function generation() {
  return instances;
}

const NOTHING = new Uint8Array();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const UTF8_PER_UNIT_MAX = 3;
/** Up to here the glue takes no longer. */
const SHORT = 200;
const SCRATCH_MAX = 256 * 1024;

/** The numbers of the commands, as `src/wasm/command.rs` has them. To anything: */
const FREE = 0;
/** To nothing: */
export const NEW_CLIENT = 1;
export const SIGN = 2;
export const HASH_KEY = 3;
export const CHECK_KEY = 4;
export const AS_JSON = 5;
export const DEAGGREGATE = 6;
/** To a client, some of them to a producer too: */
export const STORE_CREDENTIALS = 7;
export const PUT = 8;
export const PUT_TEXTS = 9;
export const CLEAR_RECORDS = 10;
export const PUT_RECORD = 11;
export const PUT_RECORDS = 12;
export const LIST_SHARDS = 13;
export const DESCRIBE_STREAM_SUMMARY = 14;
export const ANY = 15;
export const NEW_PRODUCER = 16;
/** To a call, most of them to a producer too: */
export const POLL = 17;
export const PREPARE = 18;
export const SEND = 19;
export const HANDLE_ANSWER = 20;
export const HANDLE_FAILURE = 21;
export const HANDLE_CREDENTIALS = 22;
export const RESULT = 23;
/** To a producer: */
export const HANDLE_ONLINE = 24;
export const WANTS_POLL = 25;
export const HAS_ROOM = 26;
export const PREPARE_KEEPALIVE = 27;
export const FLUSH = 28;
export const TELL_STATS = 29;

/** What is to be done next, where it is not to wait for so many milliseconds. */
export const STEP_CREDENTIALS = -1;
export const STEP_SETTLED = -2;
export const STEP_DONE = -3;
/** Less the name of a producer's request. */
export const STEP_SEND = -4;
