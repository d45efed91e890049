// The public types of `kinesis-edge/tracker`.
import type { KinesisError } from '../core/error.js';
import type { Logger } from '../core/logger.js';
import type { Producer } from '../producer/producer.js';

/** Options of `createTracker`. One of `producer` and `collectorUrl` is required, and only one is allowed. */
export interface TrackerOptions {
  /**
   * Sends events to Kinesis directly. The tracker changes defaults of a producer that has not put anything yet:
   * `aggregation: 'key'` and, with `persist`, an outbox in IndexedDB, `recordTtlMs` of 7 days and `recordAttemptsMax`
   * of 1,000,000. Options that were passed to the producer stay as they are.
   */
  producer?: Producer;
  /**
   * Sends events to a collector, without AWS keys and without WebAssembly. An http(s) URL without a user name,
   * absolute or relative to the page.
   */
  collectorUrl?: string;
  /** Name of the application. It is sent as `context.appId`. @default none */
  appId?: string;
  /**
   * Events that are tracked without a call; `false` turns all of them off. @default {} (see `AutoTrackOptions`)
   * @example
   * autoTrack: { forms: true, scroll: false },
   */
  autoTrack?: false | AutoTrackOptions;
  /** Minutes without an event after which the next event starts a new session. Greater than 0. @default 30 */
  sessionTimeoutMinutes?: number;
  /**
   * Stores and sends nothing until `consent(true)`. Events that are tracked before wait in the page's memory: 500 at
   * most, later ones are dropped and reported as `ERR_BUFFER_FULL`.
   * @default false
   */
  requireConsent?: boolean;
  /** Tracks nothing in browsers that send Global Privacy Control or Do Not Track. @default true */
  respectPrivacySignals?: boolean;
  /** Tracks nothing in known bots and automated browsers. @default true */
  dropBots?: boolean;
  /**
   * Share of visitors that are tracked, from 0 to 1. It is decided by `anonymousId` alone, and so the same for a
   * visitor on every page.
   * @default 1
   */
  sampleRate?: number;
  /**
   * Called with each event before it is sent. The returned event is sent instead; `null` drops the event. One whose
   * members are not those of `ClickstreamEvent` is dropped, and reported to `onError`.
   * @default events are sent unchanged
   * @example
   * beforeSend: (event) => (event.event === 'heartbeat' ? null : event),
   */
  beforeSend?: (event: ClickstreamEvent) => ClickstreamEvent | null;
  /**
   * Keeps undelivered events in IndexedDB until a later page sends them: at most 5 MiB, for at most 7 days.
   * @default true
   */
  persist?: boolean;
  /**
   * Called for each event that is given up or refused, and for errors of the outbox. @default errors are ignored
   */
  onError?: (error: KinesisError) => void;
  /**
   * What is replaced in the URLs and texts that the tracker reads from the page. User info of URLs is always removed.
   * `false` replaces nothing. @default e-mail addresses, and parameters that hold secrets (see `RedactOptions`)
   * @example
   * redact: { parameters: ['token', 'code', 'voucher'] },
   */
  redact?: false | RedactOptions;
  /**
   * For example `console`. It gets a line for each thing that goes wrong; no line has a property of an event. Where no
   * event gets through, it warns after the third request that has failed, or one that took long. One `info` line says
   * why nothing is tracked, or that events wait for consent. A `producer` that has no logger takes this one.
   * @default none, and with `debug` the console
   * @example
   * logger: { warn: console.warn, error: console.error },
   */
  logger?: Logger;
  /**
   * Arguments that are invalid throw, and the console shows each event and what becomes of it. For development. With
   * `kinesis-edge-debug` as a parameter in the page's address the console shows the same, and nothing throws.
   * @default false
   */
  debug?: boolean;
}

/** What is replaced by `redacted` in URLs and texts. A list takes the place of the default one. */
export interface RedactOptions {
  /**
   * Names of parameters of queries and fragments whose values are replaced, in upper or lower case.
   * @default names with `token`, `key`, `code`, `password`, `secret`, `session`, `ticket`, `email`, `phone` and more
   */
  parameters?: string[];
  /** What is replaced anywhere in a URL or a text. @default e-mail addresses */
  patterns?: RegExp[];
}

/** Kinds of events that the tracker makes by itself. */
export interface AutoTrackOptions {
  /**
   * A `page` event when the tracker starts and after each change of the address, except of a fragment that only
   * scrolls. After a change of the address it waits until the page has another title, 1 s at most.
   * @default true
   */
  pageViews?: boolean;
  /**
   * A `click` event for links, buttons and elements with `data-track`, whose value replaces the name `click`.
   * `data-track-item-id="7"` becomes the property `itemId`. Text within `data-private` and text that is typed are never
   * read.
   * @default true
   */
  clicks?: boolean;
  /**
   * `form_start` at the first focus of a field of a form, and `form_submit`. Values of fields are never read.
   * @default false
   */
  forms?: boolean;
  /** A `scroll` event when 25, 50, 75 and 100 per cent of a page are seen. @default true */
  scroll?: boolean;
  /**
   * An `engagement` event when a page is hidden or left, its address changes, or the tracker is closed. `engagedMs` is
   * the time that the visitor was active, in milliseconds: a pause between two inputs counts up to 30,000 ms.
   * @default true
   */
  engagement?: boolean;
  /** An `error` event for uncaught errors and unhandled rejections, 10 per page view at most. @default false */
  errors?: boolean;
  /**
   * A `web_vital` event for CLS, FCP, INP, LCP and TTFB. `true` imports `web-vitals` by the page's import map; with a
   * bundler pass `() => import('web-vitals')`.
   * @default false
   */
  webVitals?: boolean | (() => Promise<unknown>);
}

/** One event. It is sent as one line of JSON that ends in a newline. */
export interface ClickstreamEvent {
  type: 'page' | 'track' | 'identify';
  /** Name of the event; for a page view the name that was passed to `page`, if any. */
  event?: string;
  /** UUID of version 7: sorts by time. An event that is delivered twice has the same id both times. */
  messageId: string;
  /** UUID of the visitor in this browser. It is also the partition key. */
  anonymousId: string;
  /** The id that was passed to `identify`. */
  userId?: string;
  /** UUID of the session: see `sessionTimeoutMinutes`. */
  sessionId: string;
  /** When it happened, by the server's clock: ISO 8601 in UTC. */
  timestamp: string;
  /** Properties of the event, merged over the global properties. */
  properties?: Record<string, unknown>;
  /** The traits that were passed to `identify`. */
  traits?: Record<string, unknown>;
  /**
   * - `appId`: the option
   * - `campaign` of the session: `source`, `medium`, `name`, `term`, `content` and `id` of the address's `utm_`
   *   parameters, and click ids such as `gclid`
   * - `page`: `url`, `path`, `title`, `referrer`, `search`
   * - `locale`, `timezone`, `userAgent`
   * - `screen`: `width`, `height`, `innerWidth`, `innerHeight` in CSS pixels, `density`
   * - `userAgentData`: `brands`, `mobile`, `platform`, in browsers that have it
   * - `library`: `name`, `version`
   */
  context: Record<string, unknown>;
}

/** When and where an event happened, for one that is tracked later. */
export interface Moment {
  /** By `performance.now()`, in milliseconds. */
  at: number;
  /** Address of the page. */
  url: string;
  /** Title of the page. @default the title at the call */
  title?: string;
}

/** A call that was queued before the tracker was loaded. */
export interface QueuedCall extends Moment {
  call: [method: keyof Tracker, ...args: unknown[]];
}

/** Names of events, each with the type of its properties. */
export type EventTypes<Events> = Record<keyof Events, object>;

/** Any event, with any properties. */
export type AnyEvents = Record<string, Record<string, unknown>>;

/**
 * `Events` has the properties of each event that `track` may be called with.
 * @example
 * const tracker = createTracker<{ added: { sku: string } }>({ collectorUrl: 'https://collect.example.com/collect' });
 * tracker.track('added', { sku: 'A-17' });
 * @remarks
 * Properties and traits are JSON values: a `Map`, a `Set` or a `Promise` among them is invalid. An event with invalid
 * arguments is not tracked: `onError` gets a `KinesisError` with the code `ERR_INVALID_ARGUMENT`, and with `debug` the
 * call throws it.
 */
export interface Tracker<Events extends EventTypes<Events> = AnyEvents> {
  /**
   * Tracks a page view. A second call with the same values in the same task counts as the same view: React's StrictMode
   * runs effects twice.
   * @example
   * tracker.page('Checkout', { step: 2 });
   */
  page(name?: string, properties?: Record<string, unknown>, moment?: Moment): void;
  /**
   * Tracks an event.
   * @example
   * tracker.track('added to cart', { sku: 'A-17', quantity: 2 });
   */
  track<Name extends keyof Events & string>(event: Name, properties?: Events[Name], moment?: Moment): void;
  /**
   * Sends the traits of a user, and adds `userId` to this and all later events.
   * @example
   * tracker.identify('user-42', { plan: 'pro' });
   */
  identify(userId: string, traits?: Record<string, unknown>, moment?: Moment): void;
  /**
   * Merges properties into those of all later events; a value of `undefined` removes one.
   * @example
   * tracker.setGlobalProperties({ experiment: 'B' });
   */
  setGlobalProperties(properties: Record<string, unknown>): void;
  /**
   * `false` drops unsent events, deletes everything stored, in all tabs, and tracks nothing until `true`. It also
   * deletes the guest that the producer's `fromCognitoIdentityPool` keeps. An outbox that you gave the producer is
   * yours: what earlier pages have left in it stays there, and `clear` of the outbox deletes it.
   */
  consent(isGranted: boolean): void;
  /** Starts a new visitor, for example after a log-out, and removes the global properties. */
  reset(): void;
  /** Resolves when every event tracked so far is delivered or given up. */
  flush(): Promise<void>;
  /**
   * Tracks nothing more, and resolves when every event tracked before is delivered or given up. The producer stays
   * open.
   */
  close(): Promise<void>;
}
