// Objects whose content JSON leaves out: those of Map, Set, Blob, Promise and the like become `{}`.
import { kindOf } from './data.js';

/** Whether JSON leaves out the content of an object. `toJSON` is not called: a `Date` has content of this kind. */
export function losesContent(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !isPlain(value) && Object.keys(value).length === 0;
}

/** Whether this is an object of `{}` or of `Object.create(null)`, of any realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A value's type in words: `of type Map` for a map of any realm. */
export function typeInWords(value: unknown): string {
  const tag = tagOf(value);
  return typeof value === 'object' && tag !== 'Object' ? `of type ${tag}` : kindOf(value);
}

/** `Map` for a map of any realm. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}
