import { toJson } from '../core/json.js';

// Texts that are sent.

/** The first characters of a text, without half of a character at its end. */
export function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

/** JSON without halves of characters (lone surrogates), which no UTF-8 has. `value` is a JSON value. */
export function toWellFormedJson(value: unknown): string {
  const text = toJson(value) as string;
  // `JSON.stringify` escapes them. A backslash before is escaped too.
  return text.includes('\\ud') ? text.replace(/\\(?:ud[89a-f][\da-f]{2}|.)/g, replaceHalf) : text;
}

function replaceHalf(escape: string): string {
  return escape.startsWith('\\ud') ? '\ufffd' : escape;
}
