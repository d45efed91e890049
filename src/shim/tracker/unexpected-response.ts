// Answers that say that no collector has accepted the events.

/** The response of a collector. A proxy may respond with anything, so that each member is unknown. */
export interface CollectorAnswer {
  accepted?: unknown;
  refused?: unknown;
  serverTime?: unknown;
}

/** A page of HTML, as a login page or a firewall sends it. */
export function isPage({ headers }: Response): boolean {
  return headers.get('content-type')?.toLowerCase().startsWith('text/html') ?? false;
}

/**
 * Whether the request was redirected to what seems to be no collector: after a 301 or a 302 a browser leaves the events
 * out of the request that it repeats, and gets a page to log in, a picture or a refusal. A collector answers 202.
 */
export function isElsewhere({ redirected, ok, status }: Response, answer?: CollectorAnswer): boolean {
  if (!redirected || status === 413) return false;
  return ok ? status !== 202 && answer !== undefined && typeof answer.accepted !== 'number' : true;
}

/** Whether no event is accepted at this address: 404 Not Found, or 405 Method Not Allowed. */
export function isNotFound(status: number): boolean {
  return status === 404 || status === 405;
}

/** @param where the remedy, with the address */
export function describeUnexpected({ status, redirected }: Response, isHtml: boolean, where: string): string {
  const kept = 'the events are kept and sent again';
  if (!isHtml && redirected)
    return `the request was redirected, and no collector has answered (HTTP ${status}): ${kept}; look at ${where}`;
  if (!isHtml) return `the collector answered with HTTP ${status}: ${kept}; look at ${where}`;
  return (
    `a page of HTML came in place of the collector's answer (HTTP ${status}): ${kept}. ` +
    `A proxy or a page to log in has answered, or no collector is at ${where}`
  );
}
