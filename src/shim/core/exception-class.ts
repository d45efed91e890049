/** What an exception of AWS is about: whom it concerns, and where to look. */
export type ExceptionClass = 'throttled' | 'encryption' | 'stream' | 'permission' | 'credentials' | 'unavailable';

/** The class of an exception by its name, where it is known. */
export function exceptionClass(name: string): ExceptionClass | undefined {
  return CLASSES.find(([, pattern]) => pattern.test(name))?.[0];
}

/** The order matters: `KMSThrottlingException` is no fault of the key. */
const CLASSES: [ExceptionClass, RegExp][] = [
  ['throttled', /Throttl|ThroughputExceeded|LimitExceeded|TooManyRequests|SlowDown/],
  ['encryption', /^KMS/],
  ['stream', /^ResourceNotFound/],
  ['permission', /^(?:AccessDenied|NotAuthorized|Unauthorized)/],
  ['credentials', /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|ExpiredToken)/],
  ['credentials', /^(?:InvalidAccessKeyId|IncompleteSignature|MissingAuthenticationToken|OptInRequired)/],
  // The time of a signature is part of it.
  ['credentials', /^RequestTimeTooSkewed/],
  ['unavailable', /^(?:InternalFailure|InternalServerError|ServiceUnavailable|RequestTimeout)/],
];
