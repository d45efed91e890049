import { type JsonObject, isObject } from './json.js';

/** Whether a line of JSON may contain what `sanitize` removes. It may also be `true` of a line that does not. */
export function mayNeedSanitizing(line: string): boolean {
  return line.includes(ESCAPED_SURROGATE) || line.includes(PROTO);
}

/**
 * Replaces and removes what harms other readers of the stream. Half a surrogate pair, which many parsers refuse,
 * becomes U+FFFD. A field with the name `__proto__`, which a careless copy makes a prototype, is left out.
 */
export function sanitize(event: JsonObject): JsonObject {
  const fields = Object.entries(event).filter(([name]) => name !== PROTO);
  return Object.fromEntries(fields.map(([name, value]) => [toWellFormed(name), sanitizeValue(value)]));
}

function sanitizeValue(value: unknown): unknown {
  if (typeof value === 'string') return toWellFormed(value);
  if (Array.isArray(value)) return value.map(sanitizeValue);
  return isObject(value) ? sanitize(value) : value;
}

function toWellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd');
}

/**
 * The search is for the name without its quotes. It looks for the first character first, and every event is full of
 * quotes. A hit in a value costs time and changes nothing.
 */
const PROTO = '__proto__';
/** `JSON.stringify` escapes a lone surrogate, in lower case. */
const ESCAPED_SURROGATE = '\\ud';
const LONE_SURROGATE = /\p{Surrogate}/gu;
