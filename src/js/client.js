import { areRecords, areShards, factsOf, isAnything, isRecord, isSummary, readResult } from './answers.js';
import { Attempt, pause, throwIfAborted, unlessAborted } from './attempt.js';
import { Asking, keyArguments } from './credentials.js';
import { kindOf, toBytes, toContent, toData, toHashKey, toOptionalText, toText, utf8Length } from './data.js';
import { KinesisError, errorFrom, isRefusal, messageOf } from './error.js';
import { core, generation, isLoaded, restart, whenLoaded } from './load.js';
import { readOptions } from './options.js';
import { Texts } from './texts.js';

/**
 * @typedef {import('./types.js').CallOptions} CallOptions
 * @typedef {import('./core.js').Client} CoreClient
 * @typedef {import('./core.js').Call} CoreCall
 */

/** One call, one request: the API as boto3 and the AWS SDKs have it. */
export class KinesisClient {
  #options;
  /** @type {Asking | undefined} */
  #asking;
  /** @type {CoreClient | undefined} */
  #core;
  #generation = 0;

  /** @param {import('./types.js').ClientOptions} options */
  constructor(options) {
    this.#options = readOptions(options);
    const { credentials, requestTimeoutMs } = this.#options;
    if (typeof credentials === 'function') this.#asking = new Asking(credentials, requestTimeoutMs);
    // What only the core can refuse is refused here where it is loaded, and else by the first call.
    if (isLoaded()) this.#start(0).free();
  }

  /**
   * @param {import('./types.js').PutRecordInput} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('./types.js').PutRecordOutput>}
   */
  async putRecord(input, options) {
    const { StreamName, StreamARN, Data, PartitionKey, ExplicitHashKey, SequenceNumberForOrdering } = checkInput(input);
    const stream = toStream(StreamName, StreamARN);
    const key = toText(PartitionKey, 'PartitionKey');
    const hashKey = toHashKey(ExplicitHashKey, 'ExplicitHashKey');
    const number = toOptionalText(SequenceNumberForOrdering, 'SequenceNumberForOrdering');
    const data = toBytes(toData(Data, 'Data'));
    return this.#run(options, (client) => client.putRecord(...stream, data, key + hashKey, utf8Length(key), number), isRecord);
  }

  /**
   * @param {import('./types.js').PutRecordsInput} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('./types.js').PutRecordsOutput>}
   */
  async putRecords(input, options) {
    const { StreamName, StreamARN, Records } = checkInput(input);
    if (!Array.isArray(Records)) throw KinesisError.invalid(`Records must be an array of 1 to 500 entries, not ${kindOf(Records)}`);
    const stream = toStream(StreamName, StreamARN);
    const begin = (/** @type {CoreClient} */ client) => {
      pushRecords(client, Records);
      return client.putRecords(...stream);
    };
    return this.#run(options, begin, areRecords(Records.length));
  }

  /**
   * @param {{ StreamName?: string, StreamARN?: string }} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('./types.js').ListShardsOutput>}
   */
  async listShards(input, options) {
    const { StreamName, StreamARN } = checkInput(input);
    const stream = toStream(StreamName, StreamARN);
    const Shards = [];
    let token;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const from = token;
      const answer = await this.#run(options, (client) => client.listShards(...stream, from), areShards);
      Shards.push(...answer.Shards);
      token = answer.NextToken;
      if (token === undefined) return { Shards };
    }
    throw new KinesisError('ERR_SERVICE', `the list of shards did not end after ${PAGES_MAX} pages`);
  }

  /**
   * @param {{ StreamName?: string, StreamARN?: string }} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('./types.js').DescribeStreamSummaryOutput>}
   */
  async describeStreamSummary(input, options) {
    const { StreamName, StreamARN } = checkInput(input);
    const stream = toStream(StreamName, StreamARN);
    return this.#run(options, (client) => client.describeStreamSummary(...stream), isSummary);
  }

  /**
   * @param {string} operation
   * @param {object} input
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async call(operation, input, options) {
    const name = toText(operation, 'operation');
    const checked = checkInput(input ?? {});
    const arn = typeof checked.StreamARN === 'string' ? checked.StreamARN : undefined;
    const json = JSON.stringify(checked);
    return this.#run(options, (client) => client.any(name, json, arn), isAnything);
  }

  /**
   * @template Output
   * @param {import('./types.js').Command<Output>} command
   * @param {CallOptions} [options]
   * @returns {Promise<Output>}
   */
  async send(command, options) {
    const run = /** @type {any} */ (command)?.constructor?.run;
    if (typeof run !== 'function') throw KinesisError.invalid('command must be one of the command classes of kinesis-edge');
    return run(this, command.input, options);
  }

  /** Nothing is held open between calls; it is here because the AWS SDK's clients have it. */
  destroy() {}

  /**
   * Makes a call and drives it to its result.
   * @param {CallOptions | undefined} options
   * @param {(client: CoreClient) => CoreCall} begin
   * @param {(result: any) => boolean} isResult whether an answer holds what was asked for
   */
  async #run(options, begin, isResult) {
    const abortSignal = options?.abortSignal;
    throwIfAborted(abortSignal);
    await whenLoaded();
    let call;
    const sentIn = generation();
    try {
      const client = this.#current();
      call = begin(client);
      const result = await this.#drive(client, call, isResult, abortSignal);
      call.result();
      return result;
    } catch (error) {
      if (!(error instanceof KinesisError || isRefusal(error))) {
        // A trap has ruined the instance, and with it the call.
        call = undefined;
        if (sentIn === generation()) restart();
      }
      throw errorFrom(error);
    } finally {
      call?.free();
    }
  }

  /** The core's client, of the instance that works. */
  #current() {
    if (!this.#core || this.#generation !== generation()) {
      this.#core = this.#start(Math.random());
      this.#generation = generation();
    }
    return this.#core;
  }

  /**
   * Does what the call asks for until it is done: the core states the contract.
   * @param {CoreClient} client
   * @param {CoreCall} call
   * @param {(result: any) => boolean} isResult
   * @param {AbortSignal | undefined} abortSignal
   */
  async #drive(client, call, isResult, abortSignal) {
    let result;
    for (;;) {
      throwIfAborted(abortSignal);
      const step = call.poll(client, Date.now());
      if (step === 'done') return result;
      if (step === 'send') result = await this.#send(client, call, isResult, abortSignal);
      else if (step === 'credentials') await unlessAborted(this.#ask(client, call), abortSignal);
      else await pause(/** @type {number} */ (step), abortSignal);
    }
  }

  /**
   * One try. Its result, where it has one.
   * @param {CoreClient} client
   * @param {CoreCall} call
   * @param {(result: any) => boolean} isResult
   * @param {AbortSignal | undefined} abortSignal
   */
  async #send(client, call, isResult, abortSignal) {
    const { fetch: ownFetch, requestTimeoutMs } = this.#options;
    let hash = call.digest();
    if (typeof hash === 'object') hash = await unlessAborted(hash, abortSignal);
    const attempt = new Attempt(requestTimeoutMs, abortSignal);
    const sent = call.send(client, Date.now(), ownFetch ?? fetch, attempt.signal, ownFetch !== undefined, hash);
    // The credentials have gone meanwhile.
    if (!sent) return undefined;
    const outcome = await attempt.outcome(sent);
    throwIfAborted(abortSignal);
    if ('problem' in outcome) {
      call.handleFailure(client, Date.now(), outcome.timedOut, outcome.problem, outcome.status);
      return undefined;
    }
    const { status, headers, body } = outcome;
    const result = status >= 200 && status < 300 ? readResult(body, isResult) : undefined;
    call.handleAnswer(client, Date.now(), status, factsOf(headers), result ? NOTHING : body, result !== undefined);
    return result;
  }

  /**
   * @param {CoreClient} client
   * @param {CoreCall} call
   */
  async #ask(client, call) {
    let failure;
    try {
      const keys = await /** @type {Asking} */ (this.#asking).ask();
      client.storeCredentials(...keyArguments(keys), Date.now());
    } catch (error) {
      failure = messageOf(errorFrom(error));
    }
    call.handleCredentials(client, Date.now(), failure);
  }

  /** @param {number} seed */
  #start(seed) {
    return startClient(this.#options, seed);
  }
}

/**
 * The core's client for checked options.
 * @param {import('./options.js').Options} options
 * @param {number} seed
 * @returns {CoreClient}
 */
export function startClient(options, seed) {
  const { region, endpoint, useFipsEndpoint, useDualstackEndpoint, protocol, maxAttempts, credentials } = options;
  const { recordBytesMax = MIB, requestBytesMax = 5 * MIB } = options;
  try {
    const client = new (core().Client)(region, endpoint, useFipsEndpoint, useDualstackEndpoint, protocol === 'cbor', maxAttempts, recordBytesMax, requestBytesMax, seed);
    if (typeof credentials !== 'function') client.fixCredentials(...keyArguments(credentials));
    return client;
  } catch (error) {
    throw errorFrom(error);
  }
}

/**
 * @param {CoreClient} client
 * @param {unknown[]} records
 */
function pushRecords(client, records) {
  client.clearRecords();
  /** @type {Texts<number>} the places of records */
  const texts = new Texts();
  for (let index = 0; index < records.length; index++) {
    const { Data, PartitionKey, ExplicitHashKey } = checkEntry(records[index], index);
    const data = toData(Data, 'Data', index);
    const key = toText(PartitionKey, 'PartitionKey', index);
    const hashKey = toHashKey(ExplicitHashKey, 'ExplicitHashKey', index);
    if (typeof data === 'string' && hashKey === '') {
      texts.add(data, key, index);
      if (!texts.isFull) continue;
      pushTexts(client, texts);
    } else {
      pushTexts(client, texts);
      pushRecord(client, data, key, hashKey);
    }
  }
  pushTexts(client, texts);
}

/**
 * @param {CoreClient} client
 * @param {Texts<number>} texts
 */
function pushTexts(client, texts) {
  if (texts.count === 0) return;
  const { parts, text, length, lengths } = texts.take();
  if (client.pushTexts(text, length, lengths)) return;
  for (let at = 0; at < parts.length; at += 2) pushRecord(client, /** @type {string} */ (parts[at]), /** @type {string} */ (parts[at + 1]), '');
}

/**
 * @param {CoreClient} client
 * @param {string | Uint8Array} data
 * @param {string} key
 * @param {string} hashKey
 */
function pushRecord(client, data, key, hashKey) {
  const content = typeof data === 'string' ? toContent(data, key, hashKey) : undefined;
  if (content) client.pushText(...content);
  else client.pushBytes(toBytes(data), key + hashKey, utf8Length(key));
}

/**
 * @param {unknown} name
 * @param {unknown} arn
 * @returns {[string | undefined, string | undefined]}
 */
function toStream(name, arn) {
  return [toOptionalText(name, 'StreamName'), toOptionalText(arn, 'StreamARN')];
}

/**
 * @param {unknown} input
 * @returns {Record<string, unknown>}
 */
function checkInput(input) {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw KinesisError.invalid(`input must be an object with the operation's parameters, not ${kindOf(input)}`);
  }
  return /** @type {Record<string, unknown>} */ (input);
}

/**
 * @param {unknown} entry
 * @param {number} index
 * @returns {Record<string, unknown>}
 */
function checkEntry(entry, index) {
  if (typeof entry !== 'object' || entry === null) {
    throw KinesisError.invalid(`Records[${index}] must be an object with Data and PartitionKey, not ${kindOf(entry)}`);
  }
  return /** @type {Record<string, unknown>} */ (entry);
}

const MIB = 1024 * 1024;
/** A page has up to 1,000 shards: a hundred pages are more than any stream has. */
const PAGES_MAX = 100;
const NOTHING = new Uint8Array();
