import { KinesisError } from './error.js';

/**
 * The boundary to the WebAssembly module, whose other side is `src/wasm.rs`: one function with numbers, a text and bytes. A text
 * and bytes go in by way of the module's memory, and come out by way of `tell`.
 */

/** @type {any} */
let exports;
/** @type {WebAssembly.Module} */
let compiled;
/** @type {Uint8Array<ArrayBuffer>} */
let memory;
let instances = 0;

/** What the core told last, in the call that was last. */
export let told = '';
/** The bytes that went with it: a view of wasm memory. */
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

  /** Frees it now. */
  free() {
    dropped?.unregister(this);
    free(this);
  }
}

/** Older hosts have none. @type {FinalizationRegistry<{ number: number, instance: number }> | undefined} */
const dropped = globalThis.FinalizationRegistry && new FinalizationRegistry(free);

/** @param {{ number: number, instance: number }} handle */
function free(handle) {
  if (handle.instance === instances) exports.run(FREE, handle.number);
}

/**
 * Does what a command says: `src/wasm.rs` has what each takes and gives.
 * @param {number} command
 * @param {Handle} [target]
 * @param {number} [a]
 * @param {number} [b]
 * @param {number} [c]
 * @param {number} [d]
 * @param {string} [text]
 * @param {Uint8Array} [bytes]
 * @param {Listener} [listener] hears what is told while it is
 * @returns {number}
 */
export function run(command, target, a, b, c, d, text, bytes, listener) {
  if (!exports) throw new KinesisError('ERR_CORE', 'the WebAssembly module is not loaded yet: await `ready` first');
  if (target && target.instance !== instances) throw new Error('the instance was replaced after a failure');
  const length = bytes ? bytes.length : 0;
  let at = 0;
  used = size = 0;
  const textAt = text ? passText(text) : 0;
  if (length > 0) {
    at = exports.room(0, 0, 0, length);
    view().set(/** @type {Uint8Array} */ (bytes), at);
  }
  told = '';
  shown = NOTHING;
  listening = listener;
  const result = exports.run(command, target ? target.number : 0, a, b, c, d, textAt, used, size, at, length);
  if (result !== result) throw told;
  return result;
}

/**
 * Texts in one; none at all is not what an empty one is. What they are joined by no good text has in it: the core refuses it by
 * the character in its place.
 * @param {(string | null | undefined)[]} texts
 */
export function joined(...texts) {
  return texts.map((text) => text?.replace(/[\0\x01]/g, '\ufffd') ?? '\x01').join('\0');
}

/** @param {WebAssembly.Module | WebAssembly.WebAssemblyInstantiatedSource} made */
export function enter(made) {
  compiled = made instanceof WebAssembly.Module ? made : made.module;
  exports = (made instanceof WebAssembly.Module ? new WebAssembly.Instance(made, IMPORTS) : made.instance).exports;
}

/** A trap ruins an instance: makes a fresh one. */
export function restart() {
  instances += 1;
  enter(compiled);
}

/** Counts instances: what was made by an older one is lost. */
export function generation() {
  return instances;
}

let used = 0;
let size = 0;

/**
 * Writes a text into the module's memory: `used` bytes in a room of `size`.
 * @param {string} text
 * @returns {number} where
 */
function passText(text) {
  const { length } = text;
  size = length;
  let at = exports.room(0, 0, 0, size);
  let read = 0;
  if (length < SHORT) {
    const bytes = view();
    for (let unit; read < length && (unit = text.charCodeAt(read)) < 0x80; read += 1) bytes[at + read] = unit;
    used = read;
  }
  // What is not ASCII has up to three bytes for each unit.
  for (let factor = 1; read < length; factor = 3) {
    const rest = text.slice(read);
    const needed = used + rest.length * factor;
    if (needed > size) {
      at = exports.room(at, used, size, needed - used);
      size = needed;
    }
    const done = encoder.encodeInto(rest, view().subarray(at + used, at + size));
    used += done.written;
    read += done.read;
  }
  return at;
}

function view() {
  // It is made anew where the memory has grown.
  if (!(memory?.buffer === exports.memory.buffer)) memory = new Uint8Array(exports.memory.buffer);
  return memory;
}

export const IMPORTS = {
  host: {
    /** @param {number} text @param {number} textLength @param {number} bytes @param {number} length */
    tell(text, textLength, bytes, length) {
      const all = view();
      told = decoder.decode(all.subarray(text, text + textLength));
      shown = all.subarray(bytes, bytes + length);
      listening?.(told, shown);
    },
  },
};

const NOTHING = new Uint8Array();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
/** Up to here an encoder takes longer. */
const SHORT = 256;

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
