import { readCampaign } from '../tracker/campaign.js';

/** A transparent image of one pixel. Pages under a cross-origin embedder policy may show it too. */
export function pixelResponse(headers: Record<string, string>): Response {
  return new Response(GIF, { headers: { ...headers, ...PIXEL_HEADERS } });
}

/** The event in the query of a pixel, for mails and for pages without scripts. */
export function eventFromQuery(query: URLSearchParams): Record<string, unknown> {
  const fields: Record<string, string> = readParameters(query, FIELDS) ?? {};
  const page = readParameters(query, PAGE);
  const campaign = readCampaign(query);
  const properties = [...query].filter(([name]) => name.startsWith('p.'));
  return {
    type: fields.event ? 'track' : 'page',
    ...fields,
    properties: Object.fromEntries(properties.map(([name, value]) => [name.slice(2), value])),
    context: { ...(page && { page }), ...(campaign && { campaign }), library: { name: 'kinesis-edge/pixel' } },
  };
}

/** The parameters of these names that have a value; `undefined` where none has. */
function readParameters(query: URLSearchParams, names: string[]): Record<string, string> | undefined {
  const found = names.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : []));
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

const FIELDS = ['type', 'event', 'messageId', 'anonymousId', 'userId', 'sessionId', 'timestamp'];
const PAGE = ['url', 'path', 'title', 'referrer'];
const PIXEL_HEADERS = {
  'content-type': 'image/gif',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'cross-origin',
};
const GIF_BASE64 = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
const GIF = Uint8Array.from(atob(GIF_BASE64), (character) => character.charCodeAt(0));
