import type { KinesisError } from './error.js';

/** What an exception of AWS is about: whom it concerns, and where to look. */
export type ExceptionTopic = 'throttled' | 'encryption' | 'stream' | 'permission' | 'credentials' | 'unavailable';

/** What an exception is about, by its name, where that is known. */
export function topicOf(name: string): ExceptionTopic | undefined {
  return TOPICS.find(([, pattern]) => pattern.test(name))?.[0];
}

/** AWS's name of a failure, or its `code` where AWS has given it no name. */
export function nameOrCode({ name, code }: Pick<KinesisError, 'name' | 'code'>): string {
  return name === 'KinesisError' ? code : name;
}

/** The order matters: `KMSThrottlingException` is no fault of the key. */
const TOPICS: [ExceptionTopic, RegExp][] = [
  ['throttled', /Throttl|ThroughputExceeded|LimitExceeded|TooManyRequests|SlowDown/],
  ['encryption', /^KMS/],
  ['stream', /^ResourceNotFound/],
  ['permission', /^(?:AccessDenied|NotAuthorized|Unauthorized)/],
  ['credentials', /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|ExpiredToken)/],
  ['credentials', /^(?:InvalidAccessKeyId|IncompleteSignature|MissingAuthenticationToken|OptInRequired)/],
  // A wrong clock makes a signature invalid, as a wrong key does.
  ['credentials', /^RequestTimeTooSkewed/],
  ['unavailable', /^(?:InternalFailure|InternalServerError|ServiceUnavailable|RequestTimeout)/],
];
