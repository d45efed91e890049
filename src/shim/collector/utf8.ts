/** The length of a text in UTF-8, in bytes. */
export function byteLength(text: string): number {
  return ASCII.test(text) ? text.length : new TextEncoder().encode(text).length;
}

const ASCII = /^[\0-\x7f]*$/;
