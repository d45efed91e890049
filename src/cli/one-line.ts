/** A text without line breaks, and without what controls a terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\s\0-\x1f\x7f-\x9f]+/g, ' ').trim();
}
