// Runs in every runtime.
import { CREDENTIALS, REGION, STREAM } from '../inputs.js';

export const OPTIONS = { region: REGION, credentials: CREDENTIALS };
export const RECORD = { StreamName: STREAM, Data: new Uint8Array(200).fill(120), PartitionKey: 'visitor' };

/** A transport of either kind that never answers, and a promise of its first request. */
export function trap() {
  let handOn;
  const sent = new Promise((resolve) => (handOn = resolve));
  const never = (request) => {
    handOn(request);
    return new Promise(() => {});
  };
  const requestHandler = { metadata: { handlerProtocol: 'http/1.1' }, handle: never, destroy() {}, updateHttpClientConfig() {}, httpHandlerConfigs: () => ({}) };
  return { sent, fetch: never, requestHandler };
}
