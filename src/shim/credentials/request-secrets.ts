import { parseJson } from '../core/json.js';

/**
 * Texts of a request of the user that may be secrets, such as a token in a header or in the body. A service may repeat
 * them in an error message.
 */
export function secretsIn(url: URL, headers: Record<string, string>, body: unknown): string[] {
  return [url.search, ...url.searchParams.values(), ...secretsInHeaders(headers), ...secretsInBody(body)];
}

/** The values of headers, and the words in them that are long enough for a secret: `Bearer TOKEN`, `name="TOKEN"`. */
function secretsInHeaders(headers: Record<string, string>): string[] {
  const values = Object.entries(headers).flatMap(([name, value]) => (PUBLIC.test(name) ? [] : value));
  const words = values.flatMap((value) => [...value.split(/[\s;,=]+/), ...value.split(/[\s;,=:"]+/)]);
  return [...values, ...words.filter(isLong)];
}

/** The values in a body that are long enough for a secret: of JSON, of a form, or the words of any other text. */
function secretsInBody(body: unknown): string[] {
  if (body instanceof URLSearchParams || body instanceof FormData) {
    return [...body.values()].filter((value) => typeof value === 'string').filter(isLong);
  }
  const text = typeof body === 'string' ? body : textOf(body);
  const json = parseJson(text);
  const values = typeof json === 'object' && json !== null ? textsIn(json) : text.split(/[\s;,=&:"]+/);
  return [...values, ...new URLSearchParams(text).values()].filter(isLong);
}

function textOf(body: unknown): string {
  const isBytes = ArrayBuffer.isView(body) || body instanceof ArrayBuffer;
  return isBytes ? new TextDecoder().decode(body) : '';
}

/** All texts in a value that was read from JSON. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function isLong({ length }: string): boolean {
  return length >= LENGTH_MIN;
}

/** Headers that hold no secret. */
const PUBLIC = /^(accept|content-type$)/;
const LENGTH_MIN = 8;
