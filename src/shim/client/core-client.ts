import type { CheckedClientOptions } from './options.js';
import { MIB } from '../core/limits.js';
import type { ClientGlue, CoreModule, Glue } from '../core/module.js';
import type { CredentialsObject } from '../generated/client-module.js';

export type CoreClient = InstanceType<ClientGlue['Client']>;

/** The core's client for checked options. `seed` is for the jitter of backoff. */
export function startClient<G extends Glue & Pick<ClientGlue, 'Client'>>(
  module: CoreModule<G>,
  options: CheckedClientOptions,
  seed: number,
): CoreClient {
  const { credentials, recordBytesMax = MIB, requestBytesMax = 5 * MIB } = options;
  return module.run((exports) => {
    const client: CoreClient = new exports.Client({ ...options, recordBytesMax, requestBytesMax }, seed);
    if (typeof credentials === 'function') return client;
    try {
      client.storeCredentials(credentials as CredentialsObject, undefined);
      return client;
    } catch (error) {
      client.free();
      throw error;
    }
  });
}
