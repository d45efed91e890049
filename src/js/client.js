import { Attempt, pause, throwIfAborted, unlessAborted } from './attempt.js';
import { Asking, toKeySet } from './credentials.js';
import { kindOf, toData, toOptionalText, toText } from './data.js';
import { KinesisError, messageOf } from './error.js';
import { core, generation, isLoaded, restart, whenLoaded } from './load.js';
import { readOptions } from './options.js';

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
    return this.#run(options, (client) =>
      client.putRecord(
        {
          ...toStream(StreamName, StreamARN),
          PartitionKey: toText(PartitionKey, 'PartitionKey'),
          ExplicitHashKey: toOptionalText(ExplicitHashKey, 'ExplicitHashKey'),
          SequenceNumberForOrdering: toOptionalText(SequenceNumberForOrdering, 'SequenceNumberForOrdering'),
        },
        toData(Data, 'Data'),
      ),
    );
  }

  /**
   * @param {import('./types.js').PutRecordsInput} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('./types.js').PutRecordsOutput>}
   */
  async putRecords(input, options) {
    const { StreamName, StreamARN, Records } = checkInput(input);
    if (!Array.isArray(Records)) throw KinesisError.invalid(`Records must be an array of 1 to 500 entries, not ${kindOf(Records)}`);
    return this.#run(options, (client) => {
      const stream = toStream(StreamName, StreamARN);
      pushRecords(client, Records);
      return client.putRecords(stream);
    });
  }

  /**
   * @param {{ StreamName?: string, StreamARN?: string }} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('./types.js').ListShardsOutput>}
   */
  async listShards(input, options) {
    const { StreamName, StreamARN } = checkInput(input);
    return this.#run(options, (client) => client.listShards(toStream(StreamName, StreamARN)));
  }

  /**
   * @param {{ StreamName?: string, StreamARN?: string }} input
   * @param {CallOptions} [options]
   * @returns {Promise<import('./types.js').DescribeStreamSummaryOutput>}
   */
  async describeStreamSummary(input, options) {
    const { StreamName, StreamARN } = checkInput(input);
    return this.#run(options, (client) => client.describeStreamSummary(toStream(StreamName, StreamARN)));
  }

  /**
   * @param {string} operation
   * @param {object} input
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  async call(operation, input, options) {
    const name = toText(operation, 'operation');
    const json = JSON.stringify(checkInput(input ?? {}));
    return this.#run(options, (client) => client.any(name, json));
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
   */
  async #run(options, begin) {
    const abortSignal = options?.abortSignal;
    throwIfAborted(abortSignal);
    await whenLoaded();
    let call;
    const sentIn = generation();
    try {
      const client = this.#current();
      call = begin(client);
      await this.#drive(client, call, abortSignal);
      return JSON.parse(call.result());
    } catch (error) {
      if (!(error instanceof KinesisError)) {
        // A trap has ruined the instance, and with it the call.
        call = undefined;
        if (sentIn === generation()) restart();
      }
      throw KinesisError.from(error);
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
   * @param {AbortSignal | undefined} abortSignal
   */
  async #drive(client, call, abortSignal) {
    for (;;) {
      throwIfAborted(abortSignal);
      const step = call.poll(client, Date.now());
      if (step === 'done') return;
      if (step === 'send') await this.#send(client, call, abortSignal);
      else if (step === 'credentials') await unlessAborted(this.#ask(client, call), abortSignal);
      else await pause(/** @type {number} */ (step), abortSignal);
    }
  }

  /**
   * @param {CoreClient} client
   * @param {CoreCall} call
   * @param {AbortSignal | undefined} abortSignal
   */
  async #send(client, call, abortSignal) {
    const { fetch: ownFetch, requestTimeoutMs } = this.#options;
    const attempt = new Attempt(requestTimeoutMs, abortSignal);
    const sent = call.send(ownFetch ?? fetch, attempt.signal, ownFetch !== undefined);
    const outcome = await attempt.outcome(sent);
    throwIfAborted(abortSignal);
    if ('problem' in outcome) call.handleFailure(client, Date.now(), outcome.timedOut, outcome.problem, outcome.status);
    else call.handleAnswer(client, Date.now(), outcome.status, outcome.headers, outcome.body);
  }

  /**
   * @param {CoreClient} client
   * @param {CoreCall} call
   */
  async #ask(client, call) {
    let failure;
    try {
      const keys = await /** @type {Asking} */ (this.#asking).ask();
      client.storeCredentials(toKeySet(keys), Date.now());
    } catch (error) {
      failure = messageOf(error);
    }
    call.handleCredentials(client, Date.now(), failure);
  }

  /** @param {number} seed */
  #start(seed) {
    const { credentials } = this.#options;
    const keys = typeof credentials === 'function' ? undefined : toKeySet(credentials);
    return new (core().Client)(this.#options, keys, seed);
  }
}

/**
 * @param {CoreClient} client
 * @param {unknown[]} records
 */
function pushRecords(client, records) {
  client.clearRecords();
  for (let index = 0; index < records.length; index++) {
    const { Data, PartitionKey, ExplicitHashKey } = checkEntry(records[index], index);
    client.pushRecord(
      toData(Data, 'Data', index),
      toText(PartitionKey, 'PartitionKey', index),
      toOptionalText(ExplicitHashKey, 'ExplicitHashKey', index),
    );
  }
}

/**
 * @param {unknown} name
 * @param {unknown} arn
 */
function toStream(name, arn) {
  return { StreamName: toOptionalText(name, 'StreamName'), StreamARN: toOptionalText(arn, 'StreamARN') };
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
