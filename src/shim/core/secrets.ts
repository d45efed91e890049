/** Notes parts of credentials that no message may contain. They must be well-formed. */
export function noteSecrets(parts: unknown[]): void {
  for (const form of formsOf(parts)) {
    secrets.delete(form);
    secrets.add(form);
  }
  for (const oldest of secrets) {
    if (secrets.size <= COUNT_MAX) break;
    secrets.delete(oldest);
  }
}

/** Each secret as it is, and as it is written in a URL. What is too short to be one is left out. */
export function formsOf(parts: unknown[]): string[] {
  const isSecret = (part: unknown): part is string => typeof part === 'string' && part.length >= LENGTH_MIN;
  return parts.filter(isSecret).flatMap((part) => [...new Set([part, encodeURIComponent(part)])]);
}

/**
 * A text of a service, a proxy or a `fetch`, which may repeat what was sent, without the secrets in it.
 * @param forms those of the secrets, as `formsOf` returns them
 */
export function withoutSecrets(text: string, forms: Iterable<string> = secrets): string {
  let cleaned = text;
  for (const form of forms) if (cleaned.includes(form)) cleaned = cleaned.split(form).join('…');
  return cleaned;
}

/** The forms, in the order in which they were last noted. */
const secrets = new Set<string>();
/** The most forms that are kept: those of 500 clients or more. To search a message for all takes about 0.1 ms. */
const COUNT_MAX = 2000;
/** A shorter text is no secret of AWS, and may be part of a word. */
const LENGTH_MIN = 8;
