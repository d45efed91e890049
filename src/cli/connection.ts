import { type ClientOptions, type CredentialsProvider, Kinesis } from 'kinesis-edge';
import { nodeFetch } from 'kinesis-edge/node';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { CommandFailure } from './failure.js';
import { ADVICE_KEEPER } from './remedy.js';
import { type Profile, profileName, readProfile } from './shared-config.js';

/** The options that every command has which sends a request. */
export interface ConnectionOptions {
  region?: string;
  profile?: string;
  endpointUrl?: string;
  debug?: boolean;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option(
      '--region <name>',
      'region of the stream (default: AWS_REGION, AWS_DEFAULT_REGION, or the region of the profile)',
    )
    .option('--profile <name>', 'profile of ~/.aws/config and ~/.aws/credentials (default: AWS_PROFILE)')
    .option(
      '--endpoint-url <url>',
      'URL in place of the one of AWS (default: AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, or endpoint_url of the profile)',
    )
    .option('--debug', 'write what happens to each request to the standard error');
}

/** Region, credentials and endpoint, as the AWS CLI finds them: options, then the environment, then the profile. */
export async function connect(options: ConnectionOptions): Promise<ClientOptions & { region: string }> {
  const name = profileName(options.profile);
  const profile = readProfile(name);
  if (hasKeysInEnvironment(options) && !process.env.AWS_SECRET_ACCESS_KEY)
    throw new CommandFailure('configuration', 'AWS_SECRET_ACCESS_KEY is missing: set it beside AWS_ACCESS_KEY_ID');
  const isNamed = options.profile !== undefined || Boolean(process.env.AWS_PROFILE);
  if (isNamed && !profile && !hasKeysInEnvironment(options))
    throw new CommandFailure(
      'configuration',
      `--profile: there is no profile '${name}' in ~/.aws/config or ~/.aws/credentials`,
    );
  const region = options.region ?? regionOf(profile);
  if (!region) {
    throw new CommandFailure(
      'configuration',
      `--region is missing: give --region, set AWS_REGION, or write region into the profile '${name}' of ~/.aws/config`,
    );
  }
  return {
    region,
    endpoint: endpointOf(options),
    // If they are absent, the package reads them from the environment.
    credentials: hasKeysInEnvironment(options) ? undefined : await profileCredentials(name, profile, region),
    fetch: nodeFetch,
    logger: options.debug ? { debug: printLine, info: printLine, warn: printLine, error: printLine } : undefined,
  };
}

/** A client whose failures end the command with what to look at. With `--debug` the log says that. */
export async function clientOf(options: ConnectionOptions): Promise<Kinesis> {
  const connection = await connect(options);
  return new Kinesis({ ...connection, logger: connection.logger ?? ADVICE_KEEPER });
}

/** The URL in place of the one of AWS: of the option, else of the environment, else of the profile. */
export function endpointOf({ endpointUrl, profile }: ConnectionOptions): string | undefined {
  const { AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL } = process.env;
  return endpointUrl || AWS_ENDPOINT_URL_KINESIS || AWS_ENDPOINT_URL || readProfile(profileName(profile))?.endpoint_url;
}

/** The profile whose keys are used; `null` where these are of the environment. */
export function profileOfKeys(options: ConnectionOptions): string | null {
  return hasKeysInEnvironment(options) ? null : profileName(options.profile);
}

/** As in the AWS CLI, keys of the environment come before AWS_PROFILE, and after `--profile`. */
function hasKeysInEnvironment({ profile }: ConnectionOptions): boolean {
  return profile === undefined && Boolean(process.env.AWS_ACCESS_KEY_ID);
}

function regionOf(profile: Profile | undefined): string | undefined {
  return process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || profile?.region;
}

/** The provider of a profile's keys. It is called once here, so that the command fails at once where there are none. */
async function profileCredentials(name: string, profile: Profile | undefined, region: string) {
  const provider = (await awsProvider(name, region)) ?? staticProvider(profile);
  if (!provider)
    throw noKeys(`the profile '${name}' ${profile ? 'has no keys of its own, or a role' : 'does not exist'}`);
  try {
    await provider();
  } catch (error) {
    throw noKeys(
      error instanceof Error ? error.message.replace(/\s+/g, ' ') : 'the provider of credentials has failed',
    );
  }
  return provider;
}

/** The chain of `@aws-sdk/credential-providers`, where it is installed beside this package or in the current folder. */
async function awsProvider(profile: string, region: string): Promise<CredentialsProvider | undefined> {
  const providers = await importProviders();
  return providers?.fromNodeProviderChain({ profile, clientConfig: { region } });
}

async function importProviders(): Promise<typeof import('@aws-sdk/credential-providers') | undefined> {
  try {
    return await import('@aws-sdk/credential-providers');
  } catch {
    return importFromCurrentFolder();
  }
}

async function importFromCurrentFolder() {
  try {
    const require = createRequire(join(process.cwd(), 'package.json'));
    return await import(pathToFileURL(require.resolve('@aws-sdk/credential-providers')).href);
  } catch {
    return undefined;
  }
}

/**
 * The keys that a profile has itself. Everything else needs `@aws-sdk/credential-providers`. Keys beside a role or SSO
 * are not those that the AWS CLI would use.
 */
function staticProvider(profile: Profile | undefined): CredentialsProvider | undefined {
  if (profile && ROLE_MEMBERS.some((name) => profile[name])) return undefined;
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey, aws_session_token } = profile ?? {};
  if (!accessKeyId || !secretAccessKey) return undefined;
  return async () => ({ accessKeyId, secretAccessKey, ...(aws_session_token && { sessionToken: aws_session_token }) });
}

const ROLE_MEMBERS = ['role_arn', 'web_identity_token_file', 'sso_session', 'sso_start_url'] as const;

function noKeys(reason: string): CommandFailure {
  return new CommandFailure(
    'configuration',
    `no credentials (${reason}): set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, give --profile with keys, or, for SSO, ` +
      'roles and credential_process, install @aws-sdk/credential-providers beside kinesis-edge',
  );
}

function printLine(line: string): void {
  process.stderr.write(`${line}\n`);
}
