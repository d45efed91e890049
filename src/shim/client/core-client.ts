import type { CheckedClientOptions } from './options.js';
import { MIB } from '../core/limits.js';
import type { ClientGlue, CoreModule, Glue } from '../core/module.js';
import type { ClientSettings, CredentialsObject } from '../generated/client-module.js';

export type CoreClient = InstanceType<ClientGlue['Client']>;

/** A client of the client's module, which makes calls, or of the producer's, which has none. */
type AnyClient = Pick<CoreClient, 'storeCredentials' | 'free'>;

/** The core's client for checked options. `seed` is that of its random numbers. */
export function startClient<C extends AnyClient>(
  module: CoreModule<Glue & { Client: new (settings: ClientSettings, seed: number) => C }>,
  options: CheckedClientOptions,
  seed: number,
): C {
  const { credentials, recordBytesMax = MIB } = options;
  const { requestBytesMax = Math.max(5 * MIB, recordBytesMax) } = options;
  return module.run((exports) => {
    const client = new exports.Client({ ...options, recordBytesMax, requestBytesMax }, seed);
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
