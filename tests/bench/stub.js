// A service in the same process that answers at once, so that only the client's work is timed. Runs in every runtime.

/** Replaces the host's `fetch` while `work` runs. `answerOf(url, init)` gives the bytes of the answer. */
export async function withStubbedFetch(answerOf, work) {
  const { fetch } = globalThis;
  globalThis.fetch = async (url, init) => {
    tellOfRequest?.({ url, init });
    return answer(answerOf(url, init));
  };
  try {
    return await work();
  } finally {
    globalThis.fetch = fetch;
  }
}

let tellOfRequest;

/**
 * Resolves with the next request that either transport is handed, in its client's own form, or with what `take` makes of it at
 * once: a body may be a view of memory that its client uses again.
 */
export function nextRequest(take = (request) => request) {
  return new Promise((resolve) => (tellOfRequest = (request) => resolve(take(request))));
}

/**
 * What the clients read of a `Response`, without what making one costs the host: that is no client's work. It is built again
 * for each request, as a body can be read only once.
 */
export function answer(bytes) {
  return {
    status: 200,
    ok: true,
    headers: HEADERS,
    arrayBuffer: async () => bytes.slice().buffer,
    text: async () => decoder.decode(bytes),
    blob: async () => new Blob([bytes]),
    json: async () => JSON.parse(decoder.decode(bytes)),
  };
}

/** A transport for the AWS SDK. It takes the body as bytes, which is cheaper for it than the stream it would be given. */
export function requestHandler(answerOf) {
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    handle: async (request) => {
      tellOfRequest?.(request);
      return { response: { statusCode: 200, headers: PLAIN_HEADERS, body: answerOf().slice() } };
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

const decoder = new TextDecoder();
const PLAIN_HEADERS = {
  'x-amzn-requestid': 'e5a7b2f0-1c2d-4e3f-8a9b-0c1d2e3f4a5b',
  'content-type': 'application/x-amz-json-1.1',
  date: new Date().toUTCString(),
};
const HEADERS = new Headers(PLAIN_HEADERS);

const encoder = new TextEncoder();
export const PUT_RECORD_ANSWER = encoder.encode(JSON.stringify({ ShardId: 'shardId-000000000003', SequenceNumber: sequenceNumber(0) }));

const answers = new Map();

/** Kinesis's answer to a PutRecords of so many entries, all of them stored. */
export function putRecordsAnswer(count) {
  if (!answers.has(count)) {
    const Records = Array.from({ length: count }, (_, index) => ({ SequenceNumber: sequenceNumber(index), ShardId: `shardId-00000000000${index % 4}` }));
    answers.set(count, encoder.encode(JSON.stringify({ FailedRecordCount: 0, Records })));
  }
  return answers.get(count);
}

function sequenceNumber(index) {
  return `4965${String(index).padStart(6, '0')}8217483928374659201938475610293847561029384`;
}

const counted = new Map();

/** All entries of the body are stored. Bodies of one length have the same entries here, so each is counted once. */
export function countEntries(_url, init) {
  // aws4fetch hands over a `Request`, whose body is not to be had at once: its requests here are full.
  if (!init) return putRecordsAnswer(500);
  const { body } = init;
  const known = counted.get(body.length);
  if (known) return known;
  // Each entry has one key, and neither data in base64 nor a key of ours holds a quotation mark.
  const found = putRecordsAnswer(decoder.decode(body).split('"PartitionKey"').length - 1);
  counted.set(body.length, found);
  return found;
}
