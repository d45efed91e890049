// Amplify's Kinesis provider, for browsers. Its endpoint cannot be set, so it runs against the stubbed `fetch` alone.
import { flushEvents, record } from '@aws-amplify/analytics/kinesis';
import { Amplify } from 'aws-amplify';
import { CREDENTIALS, REGION, STREAM } from '../inputs.js';

/**
 * Records them all and resolves when its request is handed to `fetch`: it cannot wait for the answer. `handed` makes a
 * promise of the next call of `fetch`.
 */
export function amplify(records, handed) {
  // By itself it sends 100 records every five seconds; here all of them when asked to.
  const Kinesis = { region: REGION, bufferSize: 1000, flushSize: records.length, flushInterval: 3_600_000 };
  const credentialsProvider = {
    getCredentialsAndIdentityId: async () => ({ credentials: CREDENTIALS, identityId: 'us-east-1:visitor' }),
    clearCredentialsAndIdentityId() {},
  };
  Amplify.configure({ Analytics: { Kinesis } }, { Auth: { credentialsProvider } });
  return async () => {
    const sent = handed();
    for (const { Data, PartitionKey } of records) record({ streamName: STREAM, partitionKey: PartitionKey, data: Data });
    flushEvents();
    await sent;
  };
}
