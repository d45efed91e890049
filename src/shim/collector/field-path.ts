import { type JsonObject, isObject } from './json.js';

/** Removes a field. Objects on the path are copied first, because other events may share them. */
export function removeField(object: JsonObject, path: string[]): void {
  let inner = object;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(inner, name) ? inner[name] : undefined;
    if (!isObject(next)) return;
    inner = inner[name] = { ...next };
  }
  delete inner[path.at(-1) as string];
}
