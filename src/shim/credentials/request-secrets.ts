import { parseJson } from '../core/json.js';

/**
 * Texts of a request of the user that may be secrets, such as a token in a header or in the body. A service may repeat
 * them in an error message.
 */
export async function secretsIn(url: URL, headers: Record<string, string>, body: unknown): Promise<string[]> {
  const inBody = await secretsInBody(body);
  return [url.search, ...url.searchParams.values(), ...secretsInHeaders(headers), ...inBody];
}

/** The values of headers, and the words in them that are long enough for a secret: `Bearer TOKEN`, `name="TOKEN"`. */
function secretsInHeaders(headers: Record<string, string>): string[] {
  const values = Object.entries(headers).flatMap(([name, value]) => (PUBLIC.test(name) ? [] : value));
  const words = values.flatMap((value) => [...value.split(/[\s;,=]+/), ...value.split(/[\s;,=:"]+/)]);
  return [...values, ...words.filter(isLong)];
}

/** The values in a body that are long enough for a secret: of JSON, of a form, or the words of any other text. */
async function secretsInBody(body: unknown): Promise<string[]> {
  if (body instanceof URLSearchParams || body instanceof FormData) return [...body.values()].filter(isSecret);
  const text = await textOf(body);
  const json = parseJson(text);
  if (typeof json === 'object' && json !== null) return textsIn(json).filter(isSecret);
  const values = FORM.test(text) ? [...new URLSearchParams(text).values(), ...text.split(/[=&]/).filter(isValue)] : [];
  return (values.length > 0 ? values : text.split(/[\s;,=&:"]+/)).filter(isSecret);
}

async function textOf(body: unknown): Promise<string> {
  if (typeof body === 'string') return body;
  if (typeof Blob === 'function' && body instanceof Blob) return body.text();
  const isBytes = ArrayBuffer.isView(body) || body instanceof ArrayBuffer;
  return isBytes ? new TextDecoder().decode(body) : '';
}

/** Of the parts of a form, which are names and values in turn. */
function isValue(_: string, index: number): boolean {
  return index % 2 === 1;
}

/** All texts in a value that was read from JSON. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function isLong({ length }: string): boolean {
  return length >= LENGTH_MIN;
}

/** A text with half of a surrogate pair is none: it can be no part of a URL. */
function isSecret(text: unknown): text is string {
  if (typeof text !== 'string' || !isLong(text)) return false;
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Headers that hold no secret. */
const PUBLIC = /^(accept|content-type$)/;
const LENGTH_MIN = 8;
const FORM = /^[^\s=&]+=[^\s=&]*(&[^\s=&]+=[^\s=&]*)*$/;
