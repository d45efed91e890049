/** The value of a JSON text, or `undefined` where the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * `JSON.stringify` without the `toJSON` that old libraries add to arrays, texts, numbers or all objects, such as
 * Prototype.js before 1.7: with it an array becomes a text. Those of BigInt, Date and of any class are kept.
 */
export function toJson(value: unknown, replacer?: (name: string, value: unknown) => unknown): string | undefined {
  const added = PROTOTYPES.flatMap((prototype) => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, 'toJSON');
    return descriptor?.configurable ? { prototype, descriptor } : [];
  });
  for (const { prototype } of added) delete prototype.toJSON;
  try {
    return JSON.stringify(value, replacer);
  } finally {
    for (const { prototype, descriptor } of added) Object.defineProperty(prototype, 'toJSON', descriptor);
  }
}

const PROTOTYPES: (object & { toJSON?: unknown })[] = [
  Object.prototype,
  Array.prototype,
  String.prototype,
  Number.prototype,
  Boolean.prototype,
];
