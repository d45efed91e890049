// kinesis-edge. Runs in every runtime.
import { KinesisClient, Producer, ready, signRequest } from 'kinesis-edge';
import { CREDENTIALS, ENDPOINT, REGION, STREAM } from '../inputs.js';

export { ready };

export function client(options = {}) {
  return new KinesisClient({ region: REGION, credentials: CREDENTIALS, ...options });
}

export function producer(options = {}) {
  return new Producer({ region: REGION, credentials: CREDENTIALS, streamName: STREAM, ...options });
}

export function signer(body, headers) {
  const request = { method: 'POST', url: ENDPOINT, region: REGION, service: 'kinesis', credentials: CREDENTIALS, headers, body };
  return () => signRequest(request);
}
