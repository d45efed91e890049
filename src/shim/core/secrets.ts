/** Notes parts of credentials that no message may contain. */
export function noteSecrets(parts: unknown[]): void {
  for (const part of parts) {
    if (typeof part !== 'string' || part.length < LENGTH_MIN) continue;
    secrets.delete(part);
    secrets.add(part);
  }
  for (const oldest of secrets) if (secrets.size > COUNT_MAX) secrets.delete(oldest);
}

/** A text of a service, a proxy or a `fetch`, which may repeat what was sent, without the secrets in it. */
export function withoutSecrets(text: string, parts: Iterable<string> = secrets): string {
  let cleaned = text;
  for (const secret of parts)
    for (const form of [secret, encodeURIComponent(secret)]) cleaned = cleaned.split(form).join('…');
  return cleaned;
}

/** In the order in which they were last used. */
const secrets = new Set<string>();
/** The most secrets that are kept: enough for the credentials of a few clients, including some that have expired. */
const COUNT_MAX = 20;
/** A shorter text is no secret of AWS, and may be part of a word. */
const LENGTH_MIN = 8;
