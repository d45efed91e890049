import type { KinesisError } from '../core/error.js';
import { topicOf } from '../core/exception-topic.js';

/** Why events are not delivered, without anything that an outsider must not read: `/health` is public. */
export type FailureReason = keyof typeof REMEDIES;

type Failure = Pick<KinesisError, 'code' | 'name'> & { status?: number };

/** The reason of a failure, by AWS's exception name where there is one. */
export function failureReason({ code, name, status = 0 }: Failure): FailureReason {
  const known = topicOf(name);
  if (known) return known;
  if (code === 'ERR_CREDENTIALS') return 'credentials';
  const isUnavailable = UNAVAILABLE.has(code) || status >= 500;
  return isUnavailable ? 'unavailable' : 'refused';
}

/** What to look at. */
export function remedyOf(reason: FailureReason): string {
  return REMEDIES[reason];
}

const UNAVAILABLE = new Set(['ERR_NETWORK', 'ERR_TIMEOUT', 'ERR_EXPIRED', 'ERR_ATTEMPTS']);
const REMEDIES = {
  credentials: 'check the access key, its secret and its session token',
  permission: 'the access key needs kinesis:PutRecords on the stream',
  stream: 'check the region and the name of the stream',
  encryption: 'the access key needs kms:GenerateDataKey on the key of the stream, which must be enabled',
  throttled: 'the stream needs more shards',
  unavailable: 'Kinesis cannot be reached, is slow, or has an outage',
  refused: 'Kinesis, or the producer, does not accept these events',
};
