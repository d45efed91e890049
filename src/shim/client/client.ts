import { pause, throwIfAborted, toAbortSignal, unlessAborted } from '../core/abort.js';
import { withoutQuery } from '../core/checks.js';
import { clientModule } from '../core/client-module.js';
import { checkSize, copyOf, toBytes, toText } from '../core/data.js';
import { MIB } from '../core/limits.js';
import { KinesisError, errorFrom, errorOf, reading } from '../core/error.js';
import { checkFetch, digest, isModuleScope, needsHandler, post } from '../core/host.js';
import { loadLogged } from '../core/load-logged.js';
import { checkSpelling } from '../core/option-names.js';
import { log } from '../core/logger.js';
import { replacedError } from '../core/module.js';
import { type OnEvent, observationOf, observe } from '../core/observation.js';
import type { Call as CoreCall } from '../generated/client-module.js';
import { SingleFlightProvider } from '../credentials/single-flight.js';
import type { Command } from './command.js';
import { type ClientOptions, readClientOptions } from './options.js';
import type {
  CallOptions,
  DescribeStreamSummaryOutput,
  ListShardsOutput,
  PutRecordInput,
  PutRecordOutput,
  PutRecordsInput,
  PutRecordsOutput,
  StreamInput,
} from './types.js';
import { Attempt } from './attempt.js';
import { CallFailures } from './call-failures.js';
import { CallMetadata } from './call-metadata.js';
import { type CoreClient, startClient } from './core-client.js';
import { DrivenCall } from './driven-call.js';
import { readInput, readRecord, readRecords, refuseFilters, streamOf } from './inputs.js';
import { batchOf, copyRecords } from './record-batch.js';
import { operationOf, emitRetry, emitSent } from './request-events.js';
import { type IsResult, isAny, isListShards, isPutRecord, isPutRecords, isSummary, readResult } from './results.js';

/** Begins a call in the core. `instanceNumber` is the number of the instance that has the client. */
type Begin = (client: CoreClient, instanceNumber: number) => CoreCall;

/**
 * One call, one request: the API as boto3 and the AWS SDKs have it, with their parameter names, results and error
 * names. Every call rejects with a {@link KinesisError}; what is malformed is refused before anything is sent. An
 * attempt whose response is lost is repeated, so a record may be stored twice.
 * @example
 * const client = new KinesisClient({ region: 'us-east-1', credentials: fromEnv() });
 * await client.putRecord({ StreamName: 'clicks', Data: 'hello', PartitionKey: 'visitor-1' });
 */
export class KinesisClient {
  readonly #options;
  readonly #provider: SingleFlightProvider | undefined;
  readonly #failures: CallFailures;
  #core: { client: CoreClient; instanceNumber: number } | undefined;
  #loading: Promise<void> | undefined;

  constructor(options: ClientOptions = {}) {
    this.#options = readClientOptions(options);
    this.#failures = new CallFailures(this.#options);
    const { credentials, requestTimeoutMs } = this.#options;
    if (typeof credentials === 'function')
      this.#provider = new SingleFlightProvider(credentials, requestTimeoutMs, this.#options);
    // Throws if the core refuses an option. If the module is not loaded yet, the first call throws that.
    if (clientModule().isReady) this.#current();
  }

  get #recordBytesMax(): number {
    return this.#options.recordBytesMax ?? MIB;
  }

  /**
   * Stores one record. Its bytes are those at the call: the caller may use their buffer again at once.
   * @example
   * const Data = JSON.stringify({ path: '/buy' });
   * const { ShardId } = await client.putRecord({ StreamName: 'clicks', Data, PartitionKey: 'visitor-1' });
   */
  async putRecord(input: PutRecordInput, options?: CallOptions): Promise<PutRecordOutput> {
    const { stream, data, key, hashKey, number } = reading('input', () => readRecord(input));
    checkSize(data, this.#recordBytesMax, key);
    const bytes = clientModule().isReady ? toBytes(data) : toBytes(copyOf(data));
    return this.#run(
      options,
      beginCall((client) => client.putRecord(stream, bytes, key, hashKey, number)),
      isPutRecord,
      1,
    );
  }

  /**
   * Stores many records. Look at `FailedRecordCount`: as in the AWS SDKs, records that failed are reported, not sent
   * again.
   * @example
   * const Records = visitors.map(({ id, path }) => ({ Data: path, PartitionKey: id }));
   * const result = await client.putRecords({ StreamName: 'clicks', Records });
   * const failed = Records.filter((_, index) => result.Records[index]?.ErrorCode);
   */
  async putRecords(input: PutRecordsInput, options?: CallOptions): Promise<PutRecordsOutput> {
    const { stream, Records } = reading('input', () => readRecords(input));
    const records = clientModule().isReady
      ? Records
      : reading('Records', () => copyRecords(Records, this.#recordBytesMax));
    const count = reading('Records', () => records.length);
    const begin: Begin = (client, instanceNumber) => {
      const batch = batchOf(client, instanceNumber, records, this.#recordBytesMax);
      return clientModule().run(() => client.putRecords(stream, batch), instanceNumber);
    };
    return this.#run(options, begin, isPutRecords(count), count);
  }

  /**
   * All shards of a stream, over all pages; `$metadata` is that of the last one.
   * @example
   * const { Shards } = await client.listShards({ StreamName: 'clicks' });
   * const open = Shards.filter(({ SequenceNumberRange }) => !SequenceNumberRange.EndingSequenceNumber);
   */
  async listShards(input: StreamInput, options?: CallOptions): Promise<ListShardsOutput> {
    const stream = streamOf(input);
    refuseFilters(input);
    const Shards = [];
    let token: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages += 1) {
      const from = token;
      const page = await this.#run(
        options,
        beginCall((client) => client.listShards(stream, from)),
        isListShards,
      );
      Shards.push(...page.Shards);
      token = page.NextToken;
      if (token === undefined) return Object.assign(page, { Shards });
    }
    throw new KinesisError('ERR_SERVICE', `the list of shards did not end after ${PAGES_MAX} pages`);
  }

  /**
   * The state of a stream, its shards counted.
   * @example
   * const { StreamDescriptionSummary } = await client.describeStreamSummary({ StreamName: 'clicks' });
   * const { StreamStatus, OpenShardCount } = StreamDescriptionSummary;
   */
  async describeStreamSummary(input: StreamInput, options?: CallOptions): Promise<DescribeStreamSummaryOutput> {
    const stream = streamOf(input);
    return this.#run(
      options,
      beginCall((client) => client.describeStreamSummary(stream)),
      isSummary,
    );
  }

  /**
   * Any other operation, JSON in and out as AWS documents it (blobs in base64).
   * @example
   * await client.call('IncreaseStreamRetentionPeriod', { StreamName: 'clicks', RetentionPeriodHours: 168 });
   */
  async call(operation: string, input: object, options?: CallOptions): Promise<any> {
    const name = toText(operation, 'operation');
    const { json, arn } = reading('input', () => readInput(input ?? {}));
    return this.#run(
      options,
      beginCall((client) => client.anyOperation(name, json, arn)),
      isAny,
    );
  }

  /**
   * The form of the AWS SDK v3, so that code moves over by changing its import.
   * @example
   * const input = { StreamName: 'clicks', Data: 'hello', PartitionKey: 'visitor-1' };
   * const { ShardId } = await client.send(new PutRecordCommand(input));
   */
  async send<Output>(command: Command<Output>, options?: CallOptions): Promise<Output> {
    const run = (command as any)?.constructor?.run; // a command class of ours has it, and no type of its own
    if (typeof run !== 'function')
      throw KinesisError.invalid('command must be one of the command classes of kinesis-edge');
    return run(this, command.input, options);
  }

  /** Nothing is held open between calls; it is here because the AWS SDK's clients have it. */
  destroy(): void {}

  /** @internal */
  [observe](onEvent: OnEvent) {
    return observationOf(this.#options, onEvent);
  }

  /**
   * Begins a call, at once where the module is loaded, and drives it to its result.
   * @param isResult whether the body of a response is a result of the operation
   * @param records how many records the request puts
   */
  async #run(options: CallOptions | undefined, begin: Begin, isResult: IsResult, records = 0): Promise<any> {
    const abortSignal = reading('options', () => {
      checkSpelling(options, CALL_OPTIONS);
      return toAbortSignal(options?.abortSignal);
    });
    throwIfAborted(abortSignal);
    if (isModuleScope()) throw needsHandler('a call');
    checkFetch(this.#options.fetch);
    if (!clientModule().isReady) {
      await unlessAborted((this.#loading ??= this.#load()), abortSignal);
    }
    const { client, instanceNumber } = this.#current();
    const driven = new DrivenCall(client, begin(client, instanceNumber), instanceNumber);
    const metadata = new CallMetadata(records);
    try {
      const result = await this.#drive(driven, isResult, metadata, abortSignal);
      metadata.addTo(result);
      this.#failures.handleSuccess();
      return result;
    } catch (error) {
      metadata.addTo(error);
      if (error instanceof KinesisError) this.#failures.handleFailure(error, metadata.operation);
      throw error;
    } finally {
      driven.end();
    }
  }

  /** Loads the module, for all calls that wait for it. */
  async #load(): Promise<void> {
    this.#options.observer?.emit({ type: 'core', state: 'loading' });
    try {
      await loadLogged(clientModule(), this.#options.logger);
    } catch (thrown) {
      const error = errorFrom(thrown, 'the module could not be loaded');
      this.#options.observer?.emit({ type: 'core', state: 'failed', error });
      log(this.#options.logger, 'error', error.message);
      throw thrown;
    } finally {
      this.#loading = undefined;
    }
  }

  /** The core's client in the current instance. After a trap, which replaces the instance, it is made again. */
  #current(): { client: CoreClient; instanceNumber: number } {
    const module = clientModule();
    if (this.#core?.instanceNumber !== module.instanceNumber) {
      const client = startClient(module, this.#options, Math.random());
      const { observer } = this.#options;
      if (this.#core) observer?.emit({ type: 'core', state: 'replaced', error: replacedError() });
      else observer?.emit({ type: 'core', state: 'ready' });
      this.#core = { client, instanceNumber: module.instanceNumber };
    }
    return this.#core;
  }

  /** Polls the call and takes its steps until it is done: the contract is in `src/client/call.rs`. */
  async #drive(
    driven: DrivenCall,
    isResult: IsResult,
    metadata: CallMetadata,
    abortSignal: AbortSignal | undefined,
  ): Promise<any> {
    let result;
    let step = driven.poll();
    while (step !== 'done') {
      throwIfAborted(abortSignal);
      if (step === 'send') {
        ({ result, step } = await this.#send(driven, isResult, metadata, abortSignal));
      } else {
        if (step === 'askCredentials') await unlessAborted(this.#ask(driven, abortSignal), abortSignal);
        else await pause(metadata.countDelay(step), abortSignal);
        step = driven.poll();
      }
    }
    return result;
  }

  /** Makes one attempt. Resolves to its result, which is `undefined` where it has failed, and to the next step. */
  async #send(
    driven: DrivenCall,
    isResult: IsResult,
    metadata: CallMetadata,
    abortSignal: AbortSignal | undefined,
  ): Promise<any> {
    const { fetch: userFetch, logger, observer, requestTimeoutMs } = this.#options;
    const body = driven.run((call) => call.body());
    let hash = digest(body, true);
    if (typeof hash === 'object') hash = await unlessAborted(hash, abortSignal);
    const attempt = new Attempt(requestTimeoutMs, abortSignal);
    const request = driven.sign(hash, body, attempt);
    // The credentials were refused since the poll.
    if (!request) return { result: undefined, step: driven.poll() };
    const { url, init } = request;
    metadata.operation = operationOf(init);
    const sent = { init, records: metadata.records, bytes: body.length, attempt: metadata.countAttempt() };
    const emitOutcome = observer && emitSent(observer, sent);
    const outcome = await attempt.outcome(post(userFetch, url, init));
    emitOutcome?.(outcome);
    throwIfAborted(abortSignal);
    if ('failure' in outcome) {
      log(logger, 'debug', `a request to ${withoutQuery(url)} has failed: ${outcome.failure.message}`);
      metadata.noteResponse(outcome.failure);
      driven.run((call, client) => call.handleFailure(client, Date.now(), outcome.failure));
      return this.#after(driven, metadata, undefined);
    }
    const { head, body: response } = outcome;
    metadata.noteResponse(head);
    const isGood = head.status >= 200 && head.status < 300;
    if (!isGood) log(logger, 'debug', `${withoutQuery(url)} answered HTTP ${head.status} ${head.errorType ?? ''}`);
    const result = isGood ? readResult(response, isResult) : undefined;
    driven.run((call, client) =>
      call.handleResponse(client, Date.now(), head, result ? NOTHING : response, result !== undefined),
    );
    return this.#after(driven, metadata, result);
  }

  /**
   * Polls after an attempt. Where it will be repeated, logs that and emits its event, in the same turn as the event of
   * its response: programs attribute it to that.
   */
  #after(driven: DrivenCall, { records, operation, attempts }: CallMetadata, result: any) {
    const step = driven.poll();
    const { observer, logger } = this.#options;
    const failure = step !== 'done' && (observer || logger) ? driven.run((call) => call.takeFailure()) : undefined;
    if (failure) {
      const reason = errorOf(failure.error);
      this.#failures.handleRetry(reason, operation, attempts);
      const waitMs = typeof step === 'number' ? step : 0;
      emitRetry(observer, failure.isThrottle, { records, reason, waitMs });
    }
    return { result, step };
  }

  async #ask(driven: DrivenCall, abortSignal: AbortSignal | undefined): Promise<void> {
    let failure: string | undefined;
    const provider = this.#provider as SingleFlightProvider;
    try {
      const keys = await provider.ask(abortSignal);
      driven.run((_, client) => client.storeCredentials(keys, Date.now()));
    } catch (error) {
      if (abortSignal?.aborted) return;
      const refusal = errorFrom(error, 'credentials');
      failure = refusal.message;
      this.#failures.warn(refusal, 'the credentials provider');
    }
    provider.emitOutcome(failure);
    // The caller may have aborted the call meanwhile.
    if (!driven.hasEnded) driven.run((call, client) => call.handleCredentials(client, Date.now(), failure));
  }
}

/** Returns a function that begins a call in the core's instance. The input of the call is read already. */
function beginCall(begin: (client: CoreClient) => CoreCall): Begin {
  return (client, instanceNumber) => clientModule().run(() => begin(client), instanceNumber);
}

const NOTHING = new Uint8Array();
/** A page has up to 1,000 shards: a hundred pages are more than any stream has. */
const PAGES_MAX = 100;

const CALL_OPTIONS = { owner: 'a call', known: ['abortSignal'], namesElsewhere: { signal: 'abortSignal' } };
