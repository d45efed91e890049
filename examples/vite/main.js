// A page that Vite bundles. It puts into the stream by itself, with temporary keys.
import { Producer, fromCognitoIdentityPool, indexedDBOutbox } from 'kinesis-edge';

const { DEV, AWS_ENDPOINT_URL_KINESIS } = import.meta.env;

const producer = new Producer({
  region: 'us-east-1',
  endpoint: AWS_ENDPOINT_URL_KINESIS, // not set in production: the one of AWS
  // A local stream takes any keys.
  credentials: DEV ? { accessKeyId: 'local', secretAccessKey: 'local' } : fromCognitoIdentityPool({ identityPoolId: 'us-east-1:…' }),
  streamName: 'clicks',
  outbox: indexedDBOutbox(), // what is not delivered waits for the next visit
  onError: console.error,
});

document.querySelector('button').onclick = async () => {
  const { shardId } = await producer.put({ event: 'bought', path: location.pathname });
  document.querySelector('output').textContent = `stored in ${shardId}`;
};
addEventListener('pagehide', () => producer.flush({ keepalive: true }));
