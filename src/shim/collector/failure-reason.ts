import type { KinesisError } from '../core/error.js';
import { nameOrCode, topicOf } from '../core/exception-topic.js';

/** Why events are not delivered, without anything that an outsider must not read: `/health` is public. */
export type FailureReason = keyof typeof REMEDIES;

/** The error of events that were not delivered. */
type DeliveryFailure = Pick<KinesisError, 'code' | 'name'> & { status?: number };

/** The reason of a failure, by AWS's exception name where there is one. */
export function failureReason({ code, name, status = 0 }: DeliveryFailure): FailureReason {
  const known = topicOf(name);
  if (known) return known;
  if (code === 'ERR_CREDENTIALS') return 'credentials';
  // What has no name does not come from Kinesis.
  const isForeign = code === 'ERR_SERVICE' && name === 'KinesisError';
  const isUnavailable = isForeign || UNAVAILABLE.has(code) || status >= 500;
  return isUnavailable ? 'unavailable' : 'refused';
}

/**
 * What has failed, and what to look at.
 * @param place where Kinesis is asked for
 */
export function explain(error: DeliveryFailure & { message: string }, place: string): string {
  const { code, message } = error;
  if (code === 'ERR_CREDENTIALS')
    return `${code}: ${ownWords(message)}: check the credentials provider, and what it asks`;
  const what = nameOrCode(error);
  const reason = failureReason(error);
  return `${what === code ? code : `${what} (${code})`}: ${REMEDIES[reason]}${reason === 'unavailable' ? ` (${place})` : ''}`;
}

/** The message without what a credentials provider has thrown, which may hold a secret. */
function ownWords(message: string): string {
  return message.replace(/(the provider failed): [^]*/, '$1');
}

const UNAVAILABLE = new Set(['ERR_NETWORK', 'ERR_TIMEOUT', 'ERR_EXPIRED', 'ERR_ATTEMPTS']);
const REMEDIES = {
  credentials: 'check the access key, its secret and its session token, and the clock of the host',
  permission: 'the access key needs kinesis:PutRecords on the stream',
  stream: 'check the region and the name of the stream',
  encryption: 'the access key needs kms:GenerateDataKey on the key of the stream, which must be enabled',
  throttled: 'the stream needs more shards',
  unavailable: 'Kinesis cannot be reached, is slow, or has an outage: check the region and the endpoint',
  refused: 'Kinesis, or the producer, does not accept these events',
};
