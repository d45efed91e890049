import { areRecords, areShards, factsOf, isAnything, isRecord, isSummary, readResult } from './answers.js';
import { Attempt, pause, throwIfAborted, unlessAborted } from './attempt.js';
import { Asking } from '../credentials/credentials.js';
import {
  ANY, CLEAR_RECORDS, DESCRIBE_STREAM_SUMMARY, HANDLE_ANSWER, HANDLE_CREDENTIALS, HANDLE_FAILURE, Handle, LIST_SHARDS,
  NEW_CLIENT, POLL, PREPARE, PUT, PUT_RECORD, PUT_RECORDS, PUT_TEXTS, RESULT, SEND, STEP_CREDENTIALS, STEP_DONE, STEP_SEND,
  STORE_CREDENTIALS, generation, joined, restart, run, shown,
} from '../core/core.js';
import { areHalves, kindOf, toBytes, toData, toHashKey, toOptionalText, toText, utf8Length } from '../core/data.js';
import { KinesisError, errorFrom, isRefusal, messageOf } from '../core/error.js';
import { digest, post } from '../core/host.js';
import { isLoaded, whenLoaded } from '../core/load.js';
import { readOptions } from '../core/options.js';
import { Texts } from '../core/texts.js';

/**
 * @typedef {import('../types/types.js').CallOptions} CallOptions
 */

/** One call, one request: the API as boto3 and the AWS SDKs have it. */
export class KinesisClient {
  #options;
  /** @type {Asking | undefined} */
  #asking;
  /** @type {Handle | undefined} */
  #core;

  /** @param {import('../types/types.js').ClientOptions} options */
  constructor(options) {
    this.#options = readOptions(options);
    const { credentials, requestTimeoutMs } = this.#options;
    if (typeof credentials === 'function') this.#asking = new Asking(credentials, requestTimeoutMs);
    // What only the core can refuse is refused here where it is loaded, and else by the first call.
    if (isLoaded()) this.#start(0).free();
  }

  /**
   * @param {import('../types/types.js').PutRecordInput} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('../types/types.js').PutRecordOutput>}
   */
  async putRecord(input, options) {
    const { StreamName, StreamARN, Data, PartitionKey, ExplicitHashKey, SequenceNumberForOrdering } = checkInput(input);
    const stream = toStream(StreamName, StreamARN);
    const key = toText(PartitionKey, 'PartitionKey');
    const hashKey = toHashKey(ExplicitHashKey, 'ExplicitHashKey');
    const number = toOptionalText(SequenceNumberForOrdering, 'SequenceNumberForOrdering');
    const data = toBytes(toData(Data, 'Data'));
    const text = `${joined(...stream, number)}\0${key}${hashKey}`;
    return this.#run(options, (client) => run(PUT_RECORD, client, 0, utf8Length(key), utf8Length(hashKey), 0, text, data), isRecord);
  }

  /**
   * @param {import('../types/types.js').PutRecordsInput} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('../types/types.js').PutRecordsOutput>}
   */
  async putRecords(input, options) {
    const { StreamName, StreamARN, Records } = checkInput(input);
    if (!Array.isArray(Records)) throw KinesisError.invalid(`Records must be an array of 1 to 500 entries, not ${kindOf(Records)}`);
    const stream = toStream(StreamName, StreamARN);
    const begin = (/** @type {Handle} */ client) => {
      pushRecords(client, Records);
      return begun(PUT_RECORDS, client, stream);
    };
    return this.#run(options, begin, areRecords(Records.length));
  }

  /**
   * @param {{ StreamName?: string, StreamARN?: string }} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('../types/types.js').ListShardsOutput>}
   */
  async listShards(input, options) {
    const { StreamName, StreamARN } = checkInput(input);
    const stream = toStream(StreamName, StreamARN);
    const Shards = [];
    let token;
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const from = token;
      const answer = await this.#run(options, (client) => begun(LIST_SHARDS, client, [...stream, from]), areShards);
      Shards.push(...answer.Shards);
      token = answer.NextToken;
      if (token === undefined) return { Shards };
    }
    throw new KinesisError('ERR_SERVICE', `the list of shards did not end after ${PAGES_MAX} pages`);
  }

  /**
   * @param {{ StreamName?: string, StreamARN?: string }} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('../types/types.js').DescribeStreamSummaryOutput>}
   */
  async describeStreamSummary(input, options) {
    const { StreamName, StreamARN } = checkInput(input);
    const stream = toStream(StreamName, StreamARN);
    return this.#run(options, (client) => begun(DESCRIBE_STREAM_SUMMARY, client, stream), isSummary);
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
    const json = toBytes(JSON.stringify(checked));
    return this.#run(options, (client) => begun(ANY, client, [name, arn], json), isAnything);
  }

  /**
   * @template Output
   * @param {import('../types/types.js').Command<Output>} command
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
   * @param {(client: Handle) => number} begin
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
      call = new Handle(begin(client));
      const result = await this.#drive(client, call, isResult, abortSignal);
      run(RESULT, call);
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
    if (this.#core?.instance !== generation()) this.#core = this.#start(Math.random());
    return this.#core;
  }

  /**
   * Does what the call asks for until it is done: the core states the contract.
   * @param {Handle} client
   * @param {Handle} call
   * @param {(result: any) => boolean} isResult
   * @param {AbortSignal | undefined} abortSignal
   */
  async #drive(client, call, isResult, abortSignal) {
    let result;
    for (;;) {
      throwIfAborted(abortSignal);
      const step = run(POLL, call, Date.now());
      if (step === STEP_DONE) return result;
      if (step === STEP_SEND) result = await this.#send(call, isResult, abortSignal);
      else if (step === STEP_CREDENTIALS) await unlessAborted(this.#ask(client, call), abortSignal);
      else await pause(step, abortSignal);
    }
  }

  /**
   * One try. Its result, where it has one.
   * @param {Handle} call
   * @param {(result: any) => boolean} isResult
   * @param {AbortSignal | undefined} abortSignal
   */
  async #send(call, isResult, abortSignal) {
    const { fetch: ownFetch, requestTimeoutMs } = this.#options;
    run(PREPARE, call);
    let hash = digest(shown, true);
    if (typeof hash === 'object') hash = await unlessAborted(hash, abortSignal);
    const attempt = new Attempt(requestTimeoutMs, abortSignal);
    /** @type {Promise<Response> | undefined} */
    let sent;
    run(SEND, call, Date.now(), 0, 0, 0, hash, undefined, (head, body) => (sent = post(ownFetch, attempt.signal, head, body, false)));
    // The credentials have gone meanwhile.
    if (!sent) return undefined;
    const outcome = await attempt.outcome(sent);
    throwIfAborted(abortSignal);
    if ('problem' in outcome) {
      run(HANDLE_FAILURE, call, Date.now(), 0, outcome.status, Number(outcome.timedOut), outcome.problem);
      return undefined;
    }
    const { status, headers, body } = outcome;
    const result = status >= 200 && status < 300 ? readResult(body, isResult) : undefined;
    run(HANDLE_ANSWER, call, Date.now(), result ? 1 : 0, status, 0, factsOf(headers), result ? undefined : body);
    return result;
  }

  /**
   * @param {Handle} client
   * @param {Handle} call
   */
  async #ask(client, call) {
    let failure;
    try {
      const keys = await /** @type {Asking} */ (this.#asking).ask();
      storeCredentials(client, keys, Date.now());
    } catch (error) {
      failure = messageOf(errorFrom(error));
    }
    run(HANDLE_CREDENTIALS, call, Date.now(), 0, 0, 0, failure);
  }

  /** @param {number} seed */
  #start(seed) {
    return startClient(this.#options, seed);
  }
}

/**
 * The core's client for checked options.
 * @param {import('../core/options.js').Options} options
 * @param {number} seed
 */
export function startClient(options, seed) {
  const { region, endpoint, useFipsEndpoint, useDualstackEndpoint, protocol, maxAttempts, credentials } = options;
  const { recordBytesMax = MIB, requestBytesMax = 5 * MIB } = options;
  try {
    const flags = maxAttempts * 8 + (useFipsEndpoint ? 1 : 0) + (useDualstackEndpoint ? 2 : 0) + (protocol === 'cbor' ? 4 : 0);
    const client = new Handle(run(NEW_CLIENT, undefined, flags, recordBytesMax, requestBytesMax, seed, joined(region, endpoint)));
    if (typeof credentials !== 'function') storeCredentials(client, credentials);
    return client;
  } catch (error) {
    throw errorFrom(error);
  }
}

/**
 * @param {Handle} client or a producer
 * @param {import('../types/types.js').AwsCredentials} keys
 * @param {number} [now] where a provider gave them; others are for good
 */
export function storeCredentials(client, { accessKeyId, secretAccessKey, sessionToken, expiration }, now) {
  run(STORE_CREDENTIALS, client, expiration ? Number(expiration) : NaN, now, 0, 0, joined(accessKeyId, secretAccessKey, sessionToken));
}

/**
 * @param {number} command
 * @param {Handle} client
 * @param {(string | undefined)[]} texts
 * @param {Uint8Array} [bytes]
 */
function begun(command, client, texts, bytes) {
  return run(command, client, 0, 0, 0, 0, joined(...texts), bytes);
}

/**
 * @param {Handle} client
 * @param {unknown[]} records
 */
function pushRecords(client, records) {
  run(CLEAR_RECORDS, client);
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
      putRecord(client, 0, data, key, hashKey);
    }
  }
  pushTexts(client, texts);
}

/**
 * @param {Handle} client
 * @param {Texts<number>} texts
 */
function pushTexts(client, texts) {
  if (texts.count === 0) return;
  const { parts, text, length, lengths } = texts.take();
  if (run(PUT_TEXTS, client, 0, length, 0, 0, text, lengths)) return;
  for (let at = 0; at < parts.length; at += 2) putRecord(client, 0, /** @type {string} */ (parts[at]), /** @type {string} */ (parts[at + 1]), '');
}

/**
 * Gives the core a record: in one text, if its data is one.
 * @param {Handle} target a client or a producer
 * @param {number} now
 * @param {string | Uint8Array} data
 * @param {string} key
 * @param {string} hashKey
 */
export function putRecord(target, now, data, key, hashKey) {
  const keys = key + hashKey;
  const isOneText = typeof data === 'string' && !areHalves(key, hashKey);
  return run(PUT, target, now, utf8Length(key), utf8Length(hashKey), 0, isOneText ? data + keys : keys, isOneText ? undefined : toBytes(data));
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
