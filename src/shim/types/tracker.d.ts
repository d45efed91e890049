// The public types of `kinesis-edge/tracker`. Times are milliseconds where nothing else is said.
import type { KinesisError, Producer } from './types.js';

export { KinesisError } from './types.js';

export interface TrackerOptions {
  /**
   * Straight to Kinesis. Where the producer's user has set none, and nothing was put yet, it gets `aggregation: 'key'` and, with `persist`,
   * an outbox in IndexedDB, a `recordTtlMs` of 7 days and 1,000,000 `recordAttemptsMax`. Either this or `collectorUrl`.
   */
  producer?: Producer;
  /** To a collector, without keys and without WebAssembly: absolute, or relative to the page. */
  collectorUrl?: string;
  /** Told as `context.appId`. */
  appId?: string;
  /**
   * What is tracked without a call; `false` is nothing. `webVitals: true` imports `web-vitals` by the page's import map; with a bundler
   * give `() => import('web-vitals')`.
   * @default { pageViews: true, clicks: true, forms: false, scroll: true, engagement: true, errors: false, webVitals: false }
   */
  autoTrack?: false | (Partial<Record<'pageViews' | 'clicks' | 'forms' | 'scroll' | 'engagement' | 'errors', boolean>> & { webVitals?: boolean | (() => Promise<unknown>) });
  /** Without an event, after which a session is over. @default 30 */
  sessionTimeoutMinutes?: number;
  /** Nothing is stored or sent until `consent(true)`. What is tracked before waits in the page's memory, 500 events at most. @default false */
  requireConsent?: boolean;
  /** With Global Privacy Control or Do Not Track the tracker does nothing. @default true */
  respectPrivacySignals?: boolean;
  /** In a known bot or an automated browser the tracker does nothing. @default true */
  dropBots?: boolean;
  /** Share of visitors tracked, from 0 to 1: always the same ones, as long as their id is kept. @default 1 */
  sampleRate?: number;
  /** Last look: return the event, changed or not, or null to drop it. */
  beforeSend?: (event: ClickstreamEvent) => ClickstreamEvent | null;
  /** Events that are not delivered wait in IndexedDB for the next visit, 5 MiB and 7 days at most. @default true */
  persist?: boolean;
  /** Hears of every event that is given up and of trouble with the outbox. */
  onError?: (error: KinesisError) => void;
}

/** One event: one line of JSON ending in a newline. */
export interface ClickstreamEvent {
  type: 'page' | 'track' | 'identify';
  /** Name of the event, or of the page where it was given one. */
  event?: string;
  /** UUIDv7: sorts by time, and tells a consumer that it has an event already. */
  messageId: string;
  /** The visitor, in this browser: also the partition key. */
  anonymousId: string;
  /** After `identify`. */
  userId?: string;
  sessionId: string;
  /** ISO 8601 in UTC, by the server's clock. */
  timestamp: string;
  properties?: Record<string, unknown>;
  /** Of `identify`. */
  traits?: Record<string, unknown>;
  /**
   * `appId`, `page` { url, path, title, referrer, search }, `campaign` (of the session: source, medium, name, term, content, id and click ids
   * such as gclid), `locale`, `timezone`, `screen` { width, height, innerWidth, innerHeight, density }, `userAgent`, `userAgentData`
   * { brands, mobile, platform }, `library` { name, version }
   */
  context: Record<string, unknown>;
}

export function createTracker(options: TrackerOptions): Tracker;

/** Bad arguments throw `ERR_INVALID_ARGUMENT` at once. */
export interface Tracker {
  page(name?: string, properties?: Record<string, unknown>): void;
  track(event: string, properties?: Record<string, unknown>): void;
  identify(userId: string, traits?: Record<string, unknown>): void;
  /** Merged into the properties of every later event; `undefined` takes one back. */
  setGlobalProperties(properties: Record<string, unknown>): void;
  /** `false` drops what was not sent, clears what is stored, in all tabs, and stops until `true`. */
  consent(given: boolean): void;
  /** A new visitor: after log-out. Global properties are forgotten. */
  reset(): void;
  /** Resolves when everything tracked so far is delivered or given up. */
  flush(): Promise<void>;
  /** Flushes, then does nothing any more. The producer stays open. */
  close(): Promise<void>;
}
