// What a warning of the tracker says to look at.

/** What to look at where a collector refuses, by the status. */
export const REMEDIES: Partial<Record<number, string>> = {
  403: 'allowedOrigins and writeKey of the collector',
  413: 'bodyBytesMax of the collector',
};
/** Where there is no response. A page cannot tell the causes apart. */
export const LOST_REMEDY =
  "collectorUrl, the connection, the collector's allowedOrigins (CORS) and connect-src of the page's " +
  "Content-Security-Policy: the browser's console says which";
/** Where the collector has failed, or takes no more now. */
export const FAILED_REMEDY = "the collector's log, which says why, and its /health";

/** The option with the address that it means. The query is left out, because it may have the write key. */
export function optionAt({ origin, pathname }: URL): string {
  return `collectorUrl, which is ${origin}${pathname}`;
}
