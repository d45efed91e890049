import { parseUrl } from '../core/checks.js';
import { tagOf } from '../core/lost-content.js';
import { KinesisError } from '../core/error.js';
import type { Logger } from '../core/logger.js';
import { nearestName } from '../core/option-names.js';
import { presentMembers } from '../core/present-members.js';
import { documentMember } from './dom.js';
import type { AutoTrackOptions, RedactOptions, TrackerOptions } from './types.js';

/** Checked options with their defaults. There is either a `producer` or a `collectorUrl`. */
export type Options = Pick<TrackerOptions, 'producer' | 'appId' | 'beforeSend' | 'onError'> &
  Required<Pick<TrackerOptions, keyof typeof SWITCHES | 'sessionTimeoutMinutes' | 'sampleRate'>> & {
    collectorUrl: URL | undefined;
    logger: Logger | undefined;
    /** Whether the console shows each event: with `debug`, or where the page's address says so. */
    isShown: boolean;
    autoTrack: false | Required<AutoTrackOptions>;
    redact: false | RedactOptions;
  };

export function readTrackerOptions(input: TrackerOptions | undefined): Options {
  const options = withDefaults(DEFAULTS, input ?? {});
  for (const name of Object.keys(options))
    need(NAMES.includes(name), `${name} is not an option of createTracker${hintFor(name, NAMES)}`);
  const { producer, collectorUrl, autoTrack } = options;
  need(!producer !== !collectorUrl, 'options must have a producer or a collectorUrl, and not both');
  need(!producer || producer.put, 'producer must be a Producer');
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const value = options[name as keyof typeof EXAMPLES];
    need(
      value === undefined || typeof value === typeof example,
      `${name} must be a ${typeof example}, not of type ${tagOf(value)}`,
    );
  }
  need(options.sessionTimeoutMinutes > 0, 'sessionTimeoutMinutes must be a number greater than 0');
  need(options.sampleRate >= 0 && options.sampleRate <= 1, 'sampleRate must be a number from 0 to 1');
  // The parameter in the page's address shows events alone: without `debug` no argument throws.
  const isShown = options.debug || new URLSearchParams(location.search).has(DEBUG_PARAMETER);
  return {
    ...options,
    logger: options.logger ?? (isShown ? console : undefined),
    isShown,
    collectorUrl: collectorUrl ? readCollectorUrl(collectorUrl) : undefined,
    autoTrack: autoTrack && readAutoTrack(autoTrack),
    redact: options.redact && readRedact(options.redact),
  };
}

function hintFor(name: string, known: string[], owner = ''): string {
  const meant = nearestName(name, known);
  return meant ? `: write ${owner}${meant}` : '';
}

function readAutoTrack(input: AutoTrackOptions): Required<AutoTrackOptions> {
  for (const [name, value] of Object.entries(input)) {
    const known = Object.keys(AUTO_TRACK);
    need(known.includes(name), `autoTrack.${name} is not known${hintFor(name, known, 'autoTrack.')}`);
    const isGood = typeof (value ?? true) === 'boolean' || (name === 'webVitals' && typeof value === 'function');
    need(isGood, `autoTrack.${name} must be a boolean`);
  }
  return withDefaults(AUTO_TRACK, input);
}

function readRedact(input: RedactOptions): RedactOptions {
  const { parameters = [], patterns = [], ...others } = input;
  for (const name of Object.keys(others))
    need(false, `redact.${name} is not known${hintFor(name, ['parameters', 'patterns'], 'redact.')}`);
  const isText = (value: unknown) => typeof value === 'string';
  need(Array.isArray(parameters) && parameters.every(isText), 'redact.parameters must be an array of strings');
  // One of another frame is no instance of this page's `RegExp`.
  const arePatterns = Array.isArray(patterns) && patterns.every((value) => tagOf(value) === 'RegExp');
  need(arePatterns, 'redact.patterns must be an array of RegExps');
  return input;
}

function readCollectorUrl(text: string): URL {
  // A page of `srcdoc` has the address `about:srcdoc`. `location.href` may have a user name, which a relative URL gets.
  // Not the page's `origin`: it is 'null' in a sandboxed frame, and a page may have a variable of this name.
  const base = /^http/.test(location.protocol) ? location.origin + location.pathname : documentMember('baseURI');
  const url = parseUrl(text, base);
  // The query is left out, because it may have the write key.
  const meaning = url?.host ? `: it means ${url.origin}${url.pathname}` : '';
  need(!HOST.test(text), `collectorUrl must begin with https:// or a slash${meaning}`);
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url;
  throw KinesisError.invalid('collectorUrl must be an http(s) URL without a user name');
}

function withDefaults<Input extends object, Name extends keyof Input>(defaults: Pick<Input, Name>, input: Input) {
  return { ...defaults, ...presentMembers(input) } as object as Input & Required<Pick<Input, Name>>;
}

function need(isGood: unknown, message: string): void {
  if (!isGood) throw KinesisError.invalid(message);
}

const SWITCHES = {
  requireConsent: false,
  respectPrivacySignals: true,
  dropBots: true,
  persist: true,
  debug: false,
};
const NUMBERS = { sessionTimeoutMinutes: 30, sampleRate: 1 };
const DEFAULTS = { ...SWITCHES, ...NUMBERS, autoTrack: {}, redact: {} };
/** Values of the types that options must have. */
const EXAMPLES = {
  ...SWITCHES,
  ...NUMBERS,
  appId: '',
  collectorUrl: '',
  beforeSend: need,
  onError: need,
  logger: SWITCHES,
};
const NAMES = [...Object.keys({ ...DEFAULTS, ...EXAMPLES }), 'producer'];
/** What looks like a host without a scheme: `events.example.com/collect`, `127.0.0.1/collect`, `collector:80`. */
const HOST = /^(\[[\da-f:.]+]|\d+(\.\d+){3}|localhost|([a-z\d-]+\.){2,}[a-z]{2,}|[a-z\d.-]+(?=:\d))(:\d+)?([/?#]|$)/i;
const DEBUG_PARAMETER = 'kinesis-edge-debug';
const AUTO_TRACK = {
  pageViews: true,
  clicks: true,
  forms: false,
  scroll: true,
  engagement: true,
  errors: false,
  webVitals: false,
};
