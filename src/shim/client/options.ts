import {
  checkBytes,
  checkCount,
  checkFlag,
  checkOneOf,
  checkOptionalFunction,
  toEndpoint,
  withoutQuery,
} from '../core/checks.js';
import { type AwsCredentials, type CredentialsProvider, checkKeys } from '../core/credentials.js';
import { kindOf } from '../core/data.js';
import { environment } from '../core/environment.js';
import { KinesisError, reading } from '../core/error.js';
import { type Logger, toLogger } from '../core/logger.js';
import { logEvents } from '../core/event-lines.js';
import { type KinesisEvent, type Observer, type ObserverOwner, toObserver } from '../core/observer.js';
import { type OptionNames, checkSpelling } from '../core/option-names.js';
import { TIMER_MS_MAX } from '../core/limits.js';
import type { CredentialsObject } from '../generated/client-module.js';

export interface ClientOptions {
  /** Such as `us-east-1`. @default the environment variable AWS_REGION or AWS_DEFAULT_REGION, where there are any */
  region?: string;
  /**
   * Keys, or a function that resolves to them: asked once for all calls that wait, again five minutes before the keys
   * expire, and when Kinesis answers with ExpiredTokenException.
   * @default `fromEnv()`, where the environment variable AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is set
   * @example
   * credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
   * @example
   * credentials: async () => (await fetch('/aws-keys')).json(),
   */
  credentials?: AwsCredentials | CredentialsProvider;
  /**
   * A URL in place of AWS's own, used as given: a VPC endpoint, a local server.
   * @default the environment variable AWS_ENDPOINT_URL_KINESIS or AWS_ENDPOINT_URL, which a Worker has only with
   *   the compatibility flag nodejs_compat; else by botocore's rules, from the region, the account of a `StreamARN`
   *   and the two flags below
   */
  endpoint?: string;
  /** Hosts with validated cryptography. Cannot be combined with `endpoint`. @default false */
  useFipsEndpoint?: boolean;
  /** Hosts that can also be reached over IPv6. Cannot be combined with `endpoint`. @default false */
  useDualstackEndpoint?: boolean;
  /**
   * Wire format. `cbor` (application/x-amz-cbor-1.1, as the AWS SDKs for Java have it) carries raw bytes: no base64,
   * about a quarter fewer bytes. The results are the same, and `call` stays JSON.
   * @default 'json'
   */
  protocol?: 'json' | 'cbor';
  /**
   * Attempts per call, the first one included. After throttling, and after a fault of the server or the network, a call
   * is repeated with exponential backoff and full jitter. Higher: fewer calls fail while Kinesis throttles or is down.
   * Lower: a call fails sooner. Allowed: 1 to 1_000.
   * @default 3
   */
  maxAttempts?: number;
  /**
   * Time in milliseconds for one attempt, up to the last byte of its response; the same time for one call of a
   * credentials provider. Higher: slow connections get through. Lower: a request that was lost is repeated sooner.
   * Allowed: 1 to 2_147_483_647.
   * @default 10_000
   */
  requestTimeoutMs?: number;
  /**
   * Bytes of the data plus partition key of one record. Higher: larger records, for a stream whose limit was raised;
   * any other stream refuses them. Lower: records are refused before they are sent. Allowed: 1 to 10_485_760.
   * @default 1_048_576 (1 MiB, what every stream takes)
   */
  recordBytesMax?: number;
  /**
   * Bytes of the data plus partition keys of one PutRecords request. Higher: more records in one request. Lower:
   * smaller requests, which need less time on a slow connection. Allowed: 1 to 10_485_760, in a producer at least
   * `recordBytesMax`.
   * @default 5_242_880 (5 MiB), or `recordBytesMax` where that is more
   */
  requestBytesMax?: number;
  /**
   * Gets the log lines, none of which has a secret or a record's data: `console`, or the logger of an AWS SDK client. A
   * failure is logged with its cause and what to look at: of a client each call, of a producer the third failure in a
   * row or one that took long. A failure that repeats is logged at counts that double. `info` has retries, throttling,
   * new credentials and the connection, `debug` each request and its response, at most ten lines of a kind in a second.
   * @default none
   * @example
   * logger: { warn: console.warn, error: console.error },
   */
  logger?: Logger;
  /**
   * Takes what happens, as it happens: see {@link KinesisEvent}. Costs nothing where it is not set. It may call its
   * client or producer. Where it throws, `logger` gets a line, and nothing else changes. @default none
   * @example
   * onEvent(event) {
   *   if (event.type === 'dropped') console.warn(`${event.records} records are lost`, event.error);
   * },
   */
  onEvent?: (event: KinesisEvent) => void;
  /**
   * In Node `nodeFetch` of `kinesis-edge/node` is quicker. @default globalThis.fetch, looked up at each request
   * @example
   * import { nodeFetch } from 'kinesis-edge/node';
   *
   * const client = new KinesisClient({ region: 'us-east-1', fetch: nodeFetch });
   */
  fetch?: typeof fetch;
}

/**
 * The options of a client with their defaults, checked for what can be checked before the core is loaded.
 * @internal
 */
export type CheckedClientOptions = {
  credentials: CredentialsObject | CredentialsProvider;
  observer: Observer | undefined;
} & Required<
  Pick<
    ClientOptions,
    'region' | 'protocol' | 'maxAttempts' | 'requestTimeoutMs' | 'useFipsEndpoint' | 'useDualstackEndpoint'
  >
> &
  Pick<ClientOptions, 'endpoint' | 'fetch' | 'logger' | 'recordBytesMax' | 'requestBytesMax'>;

/** @internal */
export function readClientOptions(options: ClientOptions, names: OptionNames = CLIENT_OPTIONS): CheckedClientOptions {
  return reading('options', () => readOptions(options, names));
}

function readOptions(options: ClientOptions, names: OptionNames): CheckedClientOptions {
  if (typeof options !== 'object' || options === null) {
    throw KinesisError.invalid(`options must be an object with region and credentials, not ${kindOf(options)}`);
  }
  checkSpelling(options, names);
  const logger = toLogger(options.logger);
  const owner: ObserverOwner = { observer: toObserver(options.onEvent, logger), logger };
  if (logger) logEvents(owner, logger);
  return {
    region: readRegion(regionOf(options)),
    credentials: readCredentials(options.credentials),
    endpoint: readEndpoint(options),
    protocol: checkOneOf(options.protocol ?? 'json', 'protocol', PROTOCOLS),
    useFipsEndpoint: checkFlag(options.useFipsEndpoint, 'useFipsEndpoint'),
    useDualstackEndpoint: checkFlag(options.useDualstackEndpoint, 'useDualstackEndpoint'),
    maxAttempts: checkCount(options.maxAttempts ?? 3, 'maxAttempts', { max: 1000 }),
    requestTimeoutMs: checkCount(options.requestTimeoutMs ?? 10_000, 'requestTimeoutMs', { max: TIMER_MS_MAX }),
    recordBytesMax: checkBytes(options.recordBytesMax, 'recordBytesMax'),
    requestBytesMax: checkBytes(options.requestBytesMax, 'requestBytesMax'),
    fetch: checkOptionalFunction(options.fetch, 'fetch'),
    logger,
    observer: owner.observer,
  };
}

function readRegion(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  const found = value === '' ? 'an empty string' : kindOf(value);
  const remedy = environment && value === undefined ? ': set it, or the environment variable AWS_REGION' : '';
  throw KinesisError.invalid(`region must be the name of an AWS region such as 'us-east-1', not ${found}${remedy}`);
}

function readCredentials(value: unknown): CredentialsObject | CredentialsProvider {
  const credentials = value ?? environment?.credentials();
  if (environment && (credentials ?? undefined) === undefined) {
    throw new KinesisError(
      'ERR_CREDENTIALS',
      'credentials are missing: set them, or the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  }
  return typeof credentials === 'function'
    ? (credentials as CredentialsProvider)
    : checkKeys(credentials, 'credentials');
}

/** As in other AWS tools, the two flags choose among AWS's own hosts, and a variable does not override them. */
function readEndpoint(options: ClientOptions): string | undefined {
  if ((options.endpoint ?? undefined) !== undefined) return toEndpoint(options.endpoint, 'endpoint');
  if (options.useFipsEndpoint || options.useDualstackEndpoint) return undefined;
  for (const name of ['AWS_ENDPOINT_URL_KINESIS', 'AWS_ENDPOINT_URL']) {
    const url = environment?.variable(name);
    if (url !== undefined) return toEndpoint(url, `the environment variable ${name}`);
  }
  return undefined;
}

/** Where the requests of such options go, for messages: the endpoint, or the region. @internal */
export function placeOf(options: ClientOptions): string {
  const endpoint = readEndpoint(options);
  return endpoint === undefined ? (regionOf(options) ?? 'the region of the environment') : withoutQuery(endpoint);
}

function regionOf({ region }: ClientOptions): string | undefined {
  return region ?? environment?.variable('AWS_REGION') ?? environment?.variable('AWS_DEFAULT_REGION');
}

const PROTOCOLS = ['json', 'cbor'] as const;

/** @internal */
export const CLIENT_OPTIONS = {
  owner: 'KinesisClient',
  known: Object.keys({
    region: 0,
    credentials: 0,
    endpoint: 0,
    useFipsEndpoint: 0,
    useDualstackEndpoint: 0,
    protocol: 0,
    maxAttempts: 0,
    requestTimeoutMs: 0,
    recordBytesMax: 0,
    requestBytesMax: 0,
    logger: 0,
    onEvent: 0,
    fetch: 0,
  } satisfies Record<keyof ClientOptions, 0>),
  namesElsewhere: {
    accessKeyId: 'credentials',
    secretAccessKey: 'credentials',
    sessionToken: 'credentials',
    endpointUrl: 'endpoint',
    endpoint_url: 'endpoint',
    maxRetry: 'maxAttempts',
    maxRetries: 'maxAttempts',
    requestHandler: 'fetch',
    region_name: 'region',
    retries: 'maxAttempts',
    timeout: 'requestTimeoutMs',
  },
};
