import { withoutQuery } from '../core/checks.js';
import type { KinesisError } from '../core/error.js';
import { nameOrCode, topicOf } from '../core/exception-topic.js';

/** Where requests go, and what they do. */
export interface Target {
  region: string;
  endpoint: string | undefined;
  /** Such as `the stream 'clicks'`. */
  stream: string;
  operation: string;
}

/** The error of a call, or of a request of a producer. */
type CallFailure = Pick<KinesisError, 'code' | 'name' | 'message'>;

/** For a log: what has failed, and what to look at. */
export function explain(error: CallFailure, target: Target): string {
  const reason = `${nameOrCode(error)}: ${error.message}`;
  const advice = adviceFor(error, target);
  return advice ? `${reason}; look at ${advice}` : reason;
}

/** Gives an error what to look at, as `advice`, where that is known. */
export function advise(error: KinesisError, target: Target): void {
  const advice = adviceFor(error, target);
  if (advice) Object.assign(error, { advice: `look at ${advice}` });
}

/** Whether the time of a signature was refused. A response corrects that, where the clock of this host is wrong. */
export function isAboutTime({ message }: CallFailure): boolean {
  return /^Signature (expired|not yet current)/.test(message);
}

function adviceFor(error: CallFailure, { region, endpoint, stream, operation }: Target): string | undefined {
  const { code, name } = error;
  // The query of an endpoint may hold a key of a proxy.
  const place = endpoint === undefined ? `the region '${region}'` : `the endpoint '${withoutQuery(endpoint)}'`;
  if (code === 'ERR_CREDENTIALS') return 'the credentials provider, and at what it asks';
  const topic = topicOf(name);
  // A record that was given up has the name of its last failure, where that was a response.
  if (LOST.test(code) && !topic) return `${place} and the connection${isBrowser() ? OF_BROWSERS : ''}`;
  switch (topic) {
    case 'permission':
      return `the policy of the credentials: they need kinesis:${operation} on ${stream}`;
    case 'stream':
      return `the name of ${stream}, its account${endpoint === undefined ? '' : `, ${place}`} and the region '${region}'`;
    case 'encryption':
      return `the KMS key of ${stream}, and who may use it`;
    case 'throttled':
      return `the number of shards of ${stream}, and at its partition keys: a shard takes 1,000 records and 1 MiB a second`;
    case 'unavailable':
      return `the health of the service at ${place}: the fault is on its side`;
    case 'credentials':
      if (isAboutTime(error)) return `the clock of this host, and of what answers at ${place}`;
      return `the credentials (key, secret and session token), whether they are for the region '${region}', and at the clock of this host`;
  }
  if (code !== 'ERR_SERVICE') return undefined;
  if (name !== 'KinesisError') return 'what the message says: the request itself is refused';
  return `what is between this host and ${place}: a proxy, a captive portal, a server that is not Kinesis`;
}

/** Whether rules for pages apply to requests. Node and Workers have no `location`. */
function isBrowser(): boolean {
  return typeof location === 'object';
}

const OF_BROWSERS =
  ", at CORS and at connect-src of the page's Content-Security-Policy: the browser's console says which";

/** The line of a log for a signature that was refused for its time, and is made again. */
export const CLOCK_CORRECTED = 'the clock of this host is wrong: signatures have the time of Kinesis from now on';

/** There was no response, or no record got through in time. */
const LOST = /^ERR_(?:NETWORK|TIMEOUT|EXPIRED|ATTEMPTS)$/;
