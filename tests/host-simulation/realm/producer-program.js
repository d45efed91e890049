// A program that uses producers and clients as the plan says. It runs in the realm: each call here is one turn of its event loop.
import { KinesisClient } from 'shim/client/client.ts';
import { KinesisError } from 'shim/core/error.ts';
import { Producer } from 'shim/producer/producer.ts';
import { indexedDBOutbox } from 'shim/outbox/indexeddb.ts';
import { describeError } from './errors.js';

export class ProducerProgram {
  #host;
  #producers = new Map();
  #clients = new Map();
  #options = new Map();
  #reentries = 0;

  constructor(host) {
    this.#host = host;
  }

  /** Makes a producer, or a client. */
  make({ name, isClient, onError, outbox, hasOwnFetch, ...options }) {
    const host = this.#host;
    const credentials = options.credentials ?? (() => this.#ask(name));
    const ownFetch = (url, init) => globalThis.fetch(url, init);
    const all = { ...options, credentials, ...(hasOwnFetch && { fetch: ownFetch }) };
    try {
      if (isClient) this.#clients.set(name, new KinesisClient(all));
      else {
        const producer = new Producer({ ...all, streamName: 'stream', ...(outbox && { outbox: indexedDBOutbox(outbox) }), onError: (error) => this.#onError(name, onError, error) });
        this.#producers.set(name, producer);
      }
      this.#options.set(name, options);
    } catch (error) {
      host.notMade(name, describeError(error));
    }
  }

  put({ producer, serial, data, key, awaits, isReused, refusal }) {
    const value = dataOf(data);
    const options = refusal === 'options' ? throwing() : key === undefined ? undefined : { partitionKey: key };
    const promise = this.#producers.get(producer).put(value, options);
    // The caller may use its buffer again at once.
    if (isReused && ArrayBuffer.isView(value)) new Uint8Array(value.buffer).fill(0xdd);
    const look = () =>
      promise.then(
        ({ shardId, sequenceNumber, attempts }) => this.#host.resolved(serial, shardId, sequenceNumber, attempts),
        (error) => this.#host.rejected(serial, describeError(error)),
      );
    if (awaits === 'later') this.#host.after(700, look);
    else look();
  }

  /** A request that a Worker serves, with what it awaits. All of it runs in the request's own name, or is not run at all. */
  async serve({ id, producer: name, steps }) {
    const host = this.#host;
    const producer = this.#producers.get(name);
    const untilEnd = [];
    for (const step of steps) {
      if (step.do === 'throw') {
        host.responds(id);
        host.ends(id);
        throw new Error('the handler throws on purpose');
      } else if (step.do === 'put') {
        const settled = this.#watch(step.serial, producer.put(dataOf(step.data), { partitionKey: step.key }));
        if (step.awaits === 'now') await settled;
        else if (step.awaits === 'untilEnd') untilEnd.push(settled);
      } else if (step.do === 'sleep') await new Promise((resolve) => setTimeout(resolve, step.ms));
      else if (step.awaits === 'never') void producer.flush();
      else if (step.do === 'flush') {
        const { delivered, failed } = await producer.flush();
        host.flushedIn(id, delivered, failed);
      } else if (step.do === 'ready') await producer.ready;
      else if (step.do === 'stats') this.stats({ producer: name });
      host.goesOn(id, step.do);
    }
    host.responds(id);
    await Promise.all(untilEnd);
    host.ends(id);
  }

  #watch(serial, promise) {
    return promise.then(
      ({ shardId, sequenceNumber, attempts }) => this.#host.resolved(serial, shardId, sequenceNumber, attempts),
      (error) => this.#host.rejected(serial, describeError(error)),
    );
  }

  flush({ producer, id, keepalive }) {
    this.#producers.get(producer).flush({ keepalive }).then(
      ({ delivered, failed }) => this.#host.flushed(id, delivered, failed),
      (error) => this.#host.flushFailed(id, describeError(error)),
    );
  }

  ready({ producer, id }) {
    this.#producers.get(producer).ready.then(
      () => this.#host.ready(id),
      (error) => this.#host.flushFailed(id, describeError(error)),
    );
  }

  close({ producer, id }) {
    this.#producers.get(producer)?.close().then(
      () => this.#host.closed(id),
      (error) => this.#host.flushFailed(id, describeError(error)),
    );
  }

  stats({ producer }) {
    try {
      this.#host.stats(producer, { ...this.#producers.get(producer).stats });
    } catch (error) {
      this.#host.statsFailed(producer, describeError(error));
    }
  }

  /** One call of a client, with what may abort it. */
  call({ client, id, operation, records, abortMs, isReused }) {
    const controller = abortMs === undefined ? undefined : new AbortController();
    if (controller) this.#host.after(abortMs, () => controller.abort());
    const entries = records?.map(({ data, key }) => ({ Data: dataOf(data), PartitionKey: key }));
    const input = { StreamName: 'stream', ...(operation === 'putRecord' ? entries[0] : entries && { Records: entries }) };
    const done = this.#clients.get(client)[operation](input, { abortSignal: controller?.signal });
    if (isReused) for (const { Data } of entries ?? []) if (ArrayBuffer.isView(Data)) new Uint8Array(Data.buffer).fill(0xdd);
    const signal = controller?.signal;
    done.then(
      (result) => this.#host.called(id, JSON.stringify(result), signal?.listenerTypes().length ?? 0),
      (error) => this.#host.callFailed(id, describeError(error), signal?.listenerTypes().length ?? 0),
    );
  }

  /** What a function of the user may do to the producer that has called it. */
  reenter(what, name) {
    if ((this.#reentries += 1) > 40) return;
    for (const [own, producer] of this.#producers) {
      if (name !== undefined && own !== name) continue;
      if (what === 'puts') {
        const { serial, data } = this.#host.nextRecord(own);
        this.put({ producer: own, serial, data });
      } else if (what === 'flushes') producer.flush();
      else if (what === 'stats') this.stats({ producer: own });
      else if (what === 'readies') void producer.ready;
      else if (what === 'hasRoom') producer.hasRoomFor(1, 10);
    }
  }

  #onError(name, what, error) {
    this.#host.onError(name, describeError(error));
    if (what === 'throws') throw new Error('onError throws on purpose');
    if (what !== undefined) this.reenter(what, name);
  }

  /** The provider of a producer or client: what it does is in the plan. */
  #ask(name) {
    const { kind, ms, keys, number } = this.#host.ask(name);
    if (kind === 'throws') throw new Error('the provider throws on purpose');
    const give = () => {
      this.#host.answered(name, number);
      if (kind === 'nothing') return undefined;
      const value = { ...keys, expiration: keys.expiration && new Date(keys.expiration) };
      if (kind === 'getter') Object.defineProperty(value, 'secretAccessKey', { get: () => { throw new Error('a getter throws on purpose'); } });
      return value;
    };
    if (kind === 'never') return new Promise(() => {});
    return new Promise((resolve, reject) =>
      this.#host.after(ms, () => {
        if (kind !== 'rejects') return resolve(give());
        this.#host.answered(name, number);
        reject(new Error('the provider rejects on purpose'));
      }),
    );
  }
}

/** The data of a record as the plan describes them, in the form that it names. */
function dataOf({ form, text, bytes }) {
  if (form === 'text') return text;
  if (form === 'json') return JSON.parse(text);
  if (form === 'symbol') return Symbol('no data');
  if (form === 'circular') return circular();
  if (form === 'toJSON') return { toJSON() { throw new Error('toJSON throws on purpose'); } };
  const own = new Uint8Array(bytes);
  if (form === 'buffer') return own.buffer;
  if (form === 'view') {
    const room = new Uint8Array(own.length + 16);
    room.set(own, 8);
    return new DataView(room.buffer, 8, own.length);
  }
  if (form === 'subarray') {
    const room = new Uint8Array(own.length + 16);
    room.set(own, 8);
    return room.subarray(8, 8 + own.length);
  }
  return own;
}

function circular() {
  const value = {};
  value.self = value;
  return value;
}

/** Options whose getter throws. */
function throwing() {
  return { get partitionKey() { throw new KinesisError('ERR_INVALID_ARGUMENT', 'a getter throws on purpose'); } };
}
