// What a warning of the tracker says to look at.

/** What to look at where a collector refuses, by the status. */
export const REMEDIES: Partial<Record<number, string>> = {
  403: 'allowedOrigins and writeKey of the collector',
  404: 'collectorUrl',
  413: 'bodyBytesMax of the collector',
};
/** Where there is no response. A page cannot tell the causes apart. */
export const LOST_REMEDY =
  "collectorUrl, the connection, the collector's allowedOrigins (CORS) and connect-src of the page's " +
  "Content-Security-Policy: the browser's console says which";
