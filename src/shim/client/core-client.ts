import { MIB, type Options } from '../core/options.js';
import type { ClientGlue, CoreModule, Glue } from '../core/module.js';
import type { AwsCredentials } from '../types/types.js';

export type CoreClient = InstanceType<ClientGlue['Client']>;

/** The core's client for checked options. `seed` is for the jitter of backoff. */
export function startClient<G extends Glue & Pick<ClientGlue, 'Client'>>(module: CoreModule<G>, options: Options, seed: number): CoreClient {
  const { credentials, recordBytesMax = MIB, requestBytesMax = 5 * MIB } = options;
  return module.run((core) => {
    const client: CoreClient = new core.Client({ ...options, recordBytesMax, requestBytesMax }, seed);
    if (typeof credentials === 'function') return client;
    try {
      client.setCredentials(credentials.accessKeyId, credentials.secretAccessKey, credentials.sessionToken ?? undefined);
      return client;
    } catch (error) {
      client.free();
      throw error;
    }
  });
}

/** Stores what a provider has given at `now`, in a client or a producer. */
export function storeCredentials(target: Pick<CoreClient, 'storeCredentials'>, keys: AwsCredentials, now: number): void {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = keys;
  target.storeCredentials(now, accessKeyId, secretAccessKey, sessionToken ?? undefined, expiration ? Number(expiration) : undefined);
}
