// Objects whose content JSON leaves out: those of Map, Set, Blob, Promise and the like become `{}`.
import { kindOf } from './data.js';
import { toJson } from './json.js';

/** An object whose content JSON leaves out, and the name of the member that it is: empty for the value itself. */
export interface LostContent {
  name: string;
  value: object;
}

/** The first such object in a value, whose JSON is `text`. Throws what getters and `toJSON` throw. */
export function findLostContent(value: unknown, text: string): LostContent | undefined {
  let found = findIn(value, '');
  // What `toJSON` returns is seen by `JSON.stringify` alone, which takes five times as long with a function.
  if (!found && text.includes('{}'))
    toJson(value, (name, member) => {
      if (losesContent(member)) found ??= { name, value: member as object };
      return member;
    });
  return found;
}

/** Descends into objects without `toJSON`. The value has JSON, so it is not circular. */
function findIn(value: unknown, name: string): LostContent | undefined {
  if (typeof value !== 'object' || value === null || hasMethod(value, 'toJSON') || ArrayBuffer.isView(value))
    return undefined;
  if (losesContent(value)) return { name, value };
  if (Array.isArray(value)) return findInEach(value, (index) => `${name}[${index}]`);
  const keys = Object.keys(value);
  const members = keys.map((key) => (value as Record<string, unknown>)[key]);
  return findInEach(members, (index) => `${name && `${name}.`}${keys[index]}`);
}

function findInEach(members: unknown[], nameOf: (index: number) => string): LostContent | undefined {
  for (let index = 0; index < members.length; index += 1) {
    const member = members[index];
    if (typeof member !== 'object' || member === null) continue;
    const found = findIn(member, nameOf(index));
    if (found) return found;
  }
  return undefined;
}

/** Whether JSON leaves out the content of an object. `toJSON` is not called: a `Date` has content of this kind. */
export function losesContent(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  // A promise, or a stream, also of Node: what they give comes later.
  if (hasMethod(value, 'then') || hasMethod(value, Symbol.asyncIterator)) return true;
  if (isPlain(value)) return false;
  const tag = tagOf(value);
  return LOSING.has(tag) || (!UNBOXED.has(tag) && Object.keys(value).length === 0);
}

export function hasMethod(value: object, name: string | symbol): boolean {
  return typeof (value as Record<string | symbol, unknown>)[name] === 'function';
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

/** Their content is not in members, even where a script has added some: JSON has only these. */
const LOSING = new Set(['Error', 'Map', 'Set', 'ArrayBuffer', 'SharedArrayBuffer']);
/** JSON has the value of such an object. */
const UNBOXED = new Set(['String', 'Number', 'Boolean']);
