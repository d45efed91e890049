import type { AwsCredentials, CredentialsProvider } from '../core/credentials.js';
import type { Environment } from '../core/environment.js';
import { KinesisError, messageOf } from '../core/error.js';

/** Environment variables by name. */
type EnvironmentVariables = Record<string, string | undefined>;

/**
 * Credentials of the environment variables that all AWS tools read: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, and
 * for temporary credentials `AWS_SESSION_TOKEN` and `AWS_CREDENTIAL_EXPIRATION`. They are read each time that the
 * provider is asked.
 *
 * Rejects with the code `ERR_CREDENTIALS` where one of the first two is missing.
 * @param env variables of your own, such as a Worker's `env` @default process.env
 * @example
 * const client = new KinesisClient({ region: 'us-east-1', credentials: fromEnv() });
 */
export function fromEnv(env?: object): CredentialsProvider {
  return async () => credentialsIn((env as EnvironmentVariables | undefined) ?? processVariables());
}

/**
 * The variables of this process as the defaults of options.
 * @internal
 */
export const processEnvironment: Environment = {
  variable: (name) => {
    try {
      return processVariables()[name] || undefined;
    } catch {
      // Deno without the permission: the variable counts as absent.
      return undefined;
    }
  },
  credentials: () => {
    if (!KEYS.some(processEnvironment.variable)) return undefined;
    // One of the two alone is refused now, and not by the first request.
    credentialsIn(processVariables());
    return fromEnv();
  },
};

const KEYS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];

function processVariables(): EnvironmentVariables {
  return globalThis.process?.env ?? {};
}

function credentialsIn(env: EnvironmentVariables): AwsCredentials {
  const [accessKeyId, secretAccessKey] = KEYS.map((name) => needed(env, name));
  const sessionToken = read(env, 'AWS_SESSION_TOKEN');
  const expiration = read(env, 'AWS_CREDENTIAL_EXPIRATION');
  return {
    accessKeyId: accessKeyId as string,
    secretAccessKey: secretAccessKey as string,
    ...(sessionToken && { sessionToken }),
    ...(expiration && { expiration }),
  };
}

function needed(env: EnvironmentVariables, name: string): string {
  const value = read(env, name);
  if (value) return value;
  throw new KinesisError('ERR_CREDENTIALS', `credentials are missing: the environment variable ${name} is not set`);
}

/** Deno asks for a permission with each variable. */
function read(env: EnvironmentVariables, name: string): string | undefined {
  try {
    const value: unknown = env[name];
    // A Worker's `env` has bindings too.
    return typeof value === 'string' ? value : undefined;
  } catch (cause) {
    const message = `the environment variable ${name} cannot be read: ${messageOf(cause)}`;
    throw new KinesisError('ERR_CREDENTIALS', message, { cause });
  }
}
