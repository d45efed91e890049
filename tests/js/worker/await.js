/**
 * Producers and clients that all requests of the isolate share. `/{action}/{name}?text=…` does something with the one of a name.
 */
import { env } from 'cloudflare:workers';
import { KinesisClient, Producer } from 'kinesis-edge';

const KEYS = { accessKeyId: 'AWAIT', secretAccessKey: 'secret' };
const CONNECTION = { region: 'us-east-1', endpoint: env.KINESIS, requestTimeoutMs: 2000 };

/** The options that belong to each name. */
const OPTIONS = {
  plain: () => ({ credentials: KEYS }),
  module: () => ({ credentials: KEYS }),
  aggregating: () => ({ credentials: KEYS, aggregation: 'key' }),
  small: () => ({ credentials: KEYS, bufferRecordsMax: 5 }),
  /** One request at a time, which may take as long as it does by default: a request that is dead holds back all others. */
  patient: () => ({ credentials: KEYS, requestsInFlightMax: 1, requestTimeoutMs: undefined, fetch: fetchSlowly }),
  /** The same, and each record is sent within its `put`. */
  immediate: () => ({ ...OPTIONS.patient(), requestRecordsMax: 1 }),
  /** Keys from a server that leaves its first request without an answer, which may take as long as it does by default. */
  patientKeys: () => ({ credentials: firstAnswerFromServer(), requestTimeoutMs: undefined }),
  fetching: () => ({ credentials: firstAnswerFromServer() }),
  timing: () => ({ credentials: firstAnswerFromTimer() }),
};

/** Keys from a server that leaves its first request without an answer. */
function firstAnswerFromServer() {
  return async () => {
    await (await fetch(env.KEYS_SERVER)).text();
    return KEYS;
  };
}

/** Whether the last request of the Worker wants what is sent to take longer than all that may wait for it. */
let isSlow = false;
async function fetchSlowly(url, init) {
  if (isSlow) await new Promise((resolve) => setTimeout(resolve, 60_000));
  return fetch(url, init);
}

/** Keys whose first request waits for a timer that is longer than any request. */
function firstAnswerFromTimer() {
  let asked = 0;
  return async () => {
    asked += 1;
    if (asked === 1) await new Promise((resolve) => setTimeout(resolve, 60_000));
    return KEYS;
  };
}

const producers = new Map();
const clients = new Map();
/** Made by the first request that asks for it, but for the one that is made with the module. */
const producerOf = (name) => once(producers, name, () => new Producer({ ...CONNECTION, streamName: env.STREAM, lingerMs: 20, ...OPTIONS[name]() }));
const clientOf = (name) => once(clients, name, () => new KinesisClient({ ...CONNECTION, ...OPTIONS[name]() }));
producerOf('module');

function once(made, name, make) {
  if (!made.has(name)) made.set(name, make());
  return made.get(name);
}

const ACTIONS = {
  /** Waits until the record is delivered. */
  put: async (name, { text }) => producerOf(name).put(text),
  /** Answers at once; the request stays until the record is delivered. */
  putAfter: async (name, { text }, ctx) => ctx.waitUntil(producerOf(name).put(text)),
  /** Answers at once, and waits for nothing. */
  putAndLeave: async (name, { text }) => void producerOf(name).put(text),
  flush: async (name, { text }) => {
    producerOf(name).put(text);
    return producerOf(name).flush();
  },
  putAndThrow: (name, { text }) => {
    producerOf(name).put(text);
    throw deliberate();
  },
  flushAndThrow: (name, { text }) => {
    producerOf(name).put(text);
    producerOf(name).flush();
    throw deliberate();
  },
  flushAndLeave: (name, { text }) => {
    producerOf(name).put(text);
    producerOf(name).flush();
  },
  flushAndReject: async (name, { text }) => {
    producerOf(name).put(text);
    await Promise.all([producerOf(name).flush(), Promise.reject(deliberate())]);
  },
  /** Puts when there is room. */
  putWhenReady: async (name, { text }) => {
    const producer = producerOf(name);
    for (;;) {
      await producer.ready;
      try {
        return await producer.put(text);
      } catch (error) {
        if (error.code !== 'ERR_BUFFER_FULL') throw error;
      }
    }
  },
  pipe: async (name, { text, count }) => {
    let next = 0;
    const source = new ReadableStream({
      pull(controller) {
        if (next === Number(count)) controller.close();
        else controller.enqueue(`${text} ${next}`);
        next += 1;
      },
    });
    await source.pipeTo(producerOf(name).writable);
  },
  putRecord: async (name, { text }) => clientOf(name).putRecord({ StreamName: env.STREAM, Data: text, PartitionKey: text }),
  putRecordAndLeave: async (name, { text }) => {
    clientOf(name).putRecord({ StreamName: env.STREAM, Data: text, PartitionKey: text }).catch(() => {});
  },
  /** The promise that `put` returns, in every use of one. */
  promises: async (name, { text }) => {
    const producer = producerOf(name);
    const put = (use) => producer.put(`${text} ${use}`);
    const used = [];
    const isPromise = put('instanceof') instanceof Promise;
    used.push(...(await Promise.all([put('all'), put('all too')])));
    used.push(await Promise.race([put('race')]), await Promise.any([put('any')]));
    used.push(...(await Promise.allSettled([put('allSettled')])).map(({ value }) => value));
    for await (const result of [put('for await'), put('for await too')]) used.push(result);
    used.push(await new Promise((resolve, reject) => void put('then').then(resolve, reject)));
    used.push(await put('catch').catch(() => undefined));
    let ended = 0;
    used.push(await put('finally').finally(() => (ended += 1)));
    used.push(await (async () => put('returned'))());
    used.push(await Promise.resolve(put('resolve')));
    const refused = await producer.put(() => {}).catch(({ code }) => code);
    return { isPromise, delivered: used.filter((result) => result?.sequenceNumber).length, ended, refused };
  },
  /** Many records, one after the other. */
  series: async (name, { text, count }) => {
    for (let index = 0; index < Number(count); index += 1) await producerOf(name).put(`${text} ${index}`);
    return producerOf(name).stats;
  },
};

/** An error that no code of the Worker catches. */
function deliberate() {
  return Object.assign(new Error('the handler throws on purpose'), { isDeliberate: true });
}

async function act(request, ctx) {
  const { pathname, searchParams } = new URL(request.url);
  const [action, name] = pathname.split('/').slice(-2);
  isSlow = searchParams.has('isSlow');
  try {
    return Response.json((await ACTIONS[action](name, Object.fromEntries(searchParams), ctx)) ?? {});
  } catch (error) {
    if (error.isDeliberate) throw error;
    return Response.json({ code: error.code, message: String(error) }, { status: 503 });
  }
}

export default {
  fetch(request, { PRODUCING }, ctx) {
    const inObject = new URL(request.url).pathname.startsWith('/object/');
    return inObject ? PRODUCING.get(PRODUCING.idFromName('one')).fetch(request) : act(request, ctx);
  },
};

/** The same in a Durable Object. It has its own producers: the module's are those of its isolate. */
export class Producing {
  constructor(state) {
    this.state = state;
  }

  fetch(request) {
    return act(request, this.state);
  }
}
