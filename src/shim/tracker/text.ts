import { toJson } from '../core/json.js';
import { losesContent, tagOf } from '../core/lost-content.js';

// Texts that are sent.

/** The first characters of a text, without half of a character at its end. */
export function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '');
}

/**
 * JSON without halves of characters (lone surrogates), which no UTF-8 has. `value` is an object. Throws where the
 * object has another one whose content JSON leaves out: a `Map` would be sent as `{}`.
 */
export function toWellFormedJson(value: object): string {
  const text = toJson(value) as string;
  if (text.includes('{}')) toJson(value, refuseLost);
  // `JSON.stringify` escapes them. A backslash before is escaped too.
  return text.includes('\\ud') ? text.replace(/\\(?:ud[89a-f][\da-f]{2}|.)/g, replaceHalf) : text;
}

function refuseLost(name: string, value: unknown): unknown {
  if (!losesContent(value)) return value;
  throw new TypeError(`${name} must be a plain object, not of type ${tagOf(value)}`);
}

function replaceHalf(escape: string): string {
  return escape.startsWith('\\ud') ? '\ufffd' : escape;
}
