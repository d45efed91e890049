// Answers that say that no collector has accepted the events.

/** A page of HTML, as a login page or a firewall sends it. */
export function isPage({ headers }: Response): boolean {
  return headers.get('content-type')?.toLowerCase().startsWith('text/html') ?? false;
}

/** Whether no event is accepted at this address: 404 Not Found, or 405 Method Not Allowed. */
export function isNotFound(status: number): boolean {
  return status === 404 || status === 405;
}

/** @param where the remedy, with the address */
export function describeUnexpected({ status }: Response, isHtml: boolean, where: string): string {
  const kept = 'the events are kept and sent again';
  if (!isHtml) return `the collector answered with HTTP ${status}: ${kept}; look at ${where}`;
  return (
    `a page of HTML came in place of the collector's answer (HTTP ${status}): ${kept}. ` +
    `A proxy or a page to log in has answered, or no collector is at ${where}`
  );
}
