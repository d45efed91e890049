import type { CredentialsProvider } from './credentials.js';

/** What the host's environment says where an option is absent: as in AWS's own tools. */
export interface Environment {
  /** The value of a variable that is set and not empty. */
  variable: (name: string) => string | undefined;
  /** A provider of the credentials in the variables, where there are any. */
  credentials: () => CredentialsProvider | undefined;
}

/** Undefined where the entry is for browsers alone, which have no environment variables. */
export let environment: Environment | undefined;

/** Called by the entries for hosts that may have environment variables. */
export function useEnvironment(host: Environment): void {
  environment = host;
}
