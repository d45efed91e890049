import { toJson } from '../core/json.js';
import { findLostContent, tagOf } from '../core/lost-content.js';

// Texts that are sent.

/** The first characters of a text, without half of a character at its end. */
export function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

/**
 * The same, without a part of a word at its end: redaction, which is later, finds no address of mail that is cut. A
 * text of one word is cut within it.
 */
export function cutWords(text: string, length: number): string {
  const start = cut(text, length);
  const isWithinWord = /\S$/.test(start) && /^\S/.test(text.slice(start.length));
  return isWithinWord ? start.replace(/\s+\S*$/, '') : start;
}

/**
 * JSON without halves of characters (lone surrogates), which no UTF-8 has. `value` is an object. Throws where the
 * object has another one whose content JSON leaves out: a `Map` would be sent as `{}`.
 */
export function toWellFormedJson(value: object): string {
  const text = toJson(value);
  if (!text?.startsWith('{')) throw new TypeError('the event has a toJSON that returns no object');
  const lost = findLostContent(value, text);
  if (lost) throw new TypeError(`${lost.name} must be a plain object, not of type ${tagOf(lost.value)}`);
  // `JSON.stringify` escapes them. A backslash before is escaped too.
  return text.includes('\\ud') ? text.replace(/\\(?:ud[89a-f][\da-f]{2}|.)/g, replaceHalf) : text;
}

function replaceHalf(escape: string): string {
  return escape.startsWith('\\ud') ? '\ufffd' : escape;
}
