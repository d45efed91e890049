/**
 * The event of a pixel's query: for mails, and for pages without script.
 * @param {URLSearchParams} query
 * @returns {Record<string, unknown>}
 */
export function eventOf(query) {
  const fields = Object.fromEntries(FIELDS.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])));
  const page = named(query, PAGE, '');
  const campaign = named(query, CAMPAIGN, 'utm_');
  return {
    type: fields.event ? 'track' : 'page',
    ...fields,
    properties: Object.fromEntries([...query].flatMap(([name, value]) => (name.startsWith('p.') ? [[name.slice(2), value]] : []))),
    context: { ...(page && { page }), ...(campaign && { campaign }), library: { name: 'kinesis-edge/pixel' } },
  };
}

/**
 * @param {URLSearchParams} query
 * @param {string[]} names
 * @param {string} prefix
 */
function named(query, names, prefix) {
  const found = names.flatMap((name) => (query.get(prefix + name) ? [[name, query.get(prefix + name)]] : []));
  return found.length > 0 ? Object.fromEntries(found) : undefined;
}

const FIELDS = ['type', 'event', 'messageId', 'anonymousId', 'userId', 'sessionId', 'timestamp'];
const PAGE = ['url', 'path', 'title', 'referrer'];
const CAMPAIGN = ['source', 'medium', 'name', 'campaign', 'term', 'content'];
