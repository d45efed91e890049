import type { KinesisError } from '../core/error.js';
import { topicOf } from '../core/exception-topic.js';

/** Where a producer sends to, and how much waits in it. */
export interface Target {
  region: string;
  endpoint: string | undefined;
  stream: string;
  recordsBuffered: number;
}

/** What to look at when nothing gets through. */
export function adviceFor({ code, name }: KinesisError, { region, endpoint, stream }: Target): string {
  const place = endpoint === undefined ? `region '${region}'` : `endpoint '${endpoint}'`;
  if (code === 'ERR_CREDENTIALS') return 'look at the credentials provider, and at what it asks';
  if (code !== 'ERR_SERVICE')
    return `look at the ${place}, the connection, and in a page at connect-src of its Content-Security-Policy`;
  switch (topicOf(name)) {
    case 'permission':
      return `look at the policy of the credentials: kinesis:PutRecords on '${stream}'`;
    case 'stream':
      return `look at the name of the stream '${stream}', its account and the ${place}`;
    case 'encryption':
      return `look at the KMS key of the stream '${stream}', and who may use it`;
    case 'throttled':
      return `look at the shards of '${stream}': more of them take more`;
    case 'credentials':
      return 'look at the credentials, and at the clock of this host';
  }
  return `look at what is between this host and the ${place}: a proxy, a captive portal`;
}
