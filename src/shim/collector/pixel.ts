/** A transparent image of one pixel. Pages under a cross-origin embedder policy may show it too. */
export function pixelResponse(headers: Record<string, string>): Response {
  return new Response(GIF, { headers: { ...headers, ...PIXEL_HEADERS } });
}

/** The event in the query of a pixel, for mails and for pages without scripts. */
export function eventFromQuery(query: URLSearchParams): Record<string, unknown> {
  const fields: Record<string, string> = readParameters(query, FIELDS, '') ?? {};
  const page = readParameters(query, PAGE, '');
  const campaign = readParameters(query, CAMPAIGN, 'utm_');
  const properties = [...query].filter(([name]) => name.startsWith('p.'));
  return {
    type: fields.event ? 'track' : 'page',
    ...fields,
    properties: Object.fromEntries(properties.map(([name, value]) => [name.slice(2), value])),
    context: { ...(page && { page }), ...(campaign && { campaign }), library: { name: 'kinesis-edge/pixel' } },
  };
}

/** The parameters `prefix + name` that have a value, by `name`; `undefined` where none has. */
function readParameters(query: URLSearchParams, names: string[], prefix: string): Record<string, string> | undefined {
  const found = names.flatMap((name) => (query.get(prefix + name) ? [[name, query.get(prefix + name)]] : []));
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

const FIELDS = ['type', 'event', 'messageId', 'anonymousId', 'userId', 'sessionId', 'timestamp'];
const PAGE = ['url', 'path', 'title', 'referrer'];
const CAMPAIGN = ['source', 'medium', 'name', 'campaign', 'term', 'content'];
const PIXEL_HEADERS = {
  'content-type': 'image/gif',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'cross-origin',
};
const GIF_BASE64 = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
const GIF = Uint8Array.from(atob(GIF_BASE64), (character) => character.charCodeAt(0));
