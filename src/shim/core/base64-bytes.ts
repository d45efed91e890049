/** The bytes of a base64 text, which is well-formed, by the quickest way that the host has. */
export function base64Bytes(text: string): Uint8Array<ArrayBuffer> {
  // https://tc39.es/proposal-arraybuffer-base64/: Node 25, and browsers since 2025. TypeScript's `lib` of ES2023 has no
  // name for it.
  const { fromBase64 } = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64) return fromBase64.call(Uint8Array, text);
  const { Buffer } = globalThis;
  // A copy: a `Buffer` prints and slices in another way, and a short one is part of a larger one.
  if (Buffer) return new Uint8Array(Buffer.from(text, 'base64'));
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
