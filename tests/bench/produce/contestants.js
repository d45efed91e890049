// From `put` to acknowledged against the embedded Kinesis: one round of one contestant. Runs in every runtime.
import { REGION, STREAM, entries, keyOf } from '../inputs.js';
import { byHand } from '../peers/aws4fetch.js';
import { putAll } from '../peers/put-records-loop.js';
import { bodyOf, joined, sha256, toBase64 } from '../peers/floor.js';
import * as ours from '../peers/ours.js';
import { sdk } from '../peers/sdk.js';

/** Each is made again for a round, as a Worker's request may use no other's connections. */
const CONTESTANTS = {
  'kinesis-edge': (options) => byProducer(ours.producer(options)),
  "kinesis-edge, aggregation 'key'": (options) => byProducer(ours.producer({ ...options, aggregation: 'key' })),
  'kinesis-edge, nodeFetch': (options, { nodeFetch }) => byProducer(ours.producer({ ...options, fetch: nodeFetch })),
  "kinesis-edge, nodeFetch, aggregation 'key'": (options, { nodeFetch }) => byProducer(ours.producer({ ...options, fetch: nodeFetch, aggregation: 'key' })),
  'loop around client-kinesis': ({ endpoint }, { requestHandler }) => byLoop(sdk({ endpoint, requestHandler })),
  'loop around aws4fetch': ({ endpoint }) => byLoop(byHand(endpoint)),
  floor: ({ endpoint }) => byHost(endpoint),
};

/** Those that there are in a runtime. */
export function contestantsIn(runtime) {
  return Object.keys(CONTESTANTS).filter((name) => runtime === 'node' || !name.includes('nodeFetch'));
}

let records = [];

/** Puts `count` records; resolves when the embedded Kinesis has acknowledged all of them. */
export async function produce({ name, endpoint, count }, tools = {}) {
  // Ten of each visitor in a row, as a page sends them. Made once, and not part of what is timed in the rounds after the first.
  if (records.length !== count) records = entries(count).map((entry, index) => ({ ...entry, PartitionKey: keyOf(Math.floor(index / 10)) }));
  await CONTESTANTS[name]({ endpoint }, tools)(records);
  return { done: count };
}

function byProducer(producer) {
  return async (all) => {
    for (const { Data, PartitionKey } of all) producer.put(Data, { partitionKey: PartitionKey });
    const { failed } = await producer.flush();
    if (failed > 0) throw new Error(`${failed} records failed`);
    await producer.close();
  };
}

/** The same requests with a signature made up: base64, SHA-256 and `fetch`, and nothing else. */
function byHost(endpoint) {
  const headers = { ...HEADERS, 'x-amz-date': new Date().toISOString().replace(/[:-]|\.\d{3}/g, '') };
  const putRecords = async ({ StreamName, Records }) => {
    toBase64(joined(Records.map(({ Data }) => Data)));
    body ??= bodyOf(StreamName, Records);
    await sha256(body);
    const response = await fetch(endpoint, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(await response.text());
    await response.arrayBuffer();
    return { FailedRecordCount: 0 };
  };
  return byLoop({ putRecords });
}

let body;
const SIGNED_HEADERS = 'content-type;host;x-amz-date;x-amz-target';
const HEADERS = {
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'Kinesis_20131202.PutRecords',
  authorization: `AWS4-HMAC-SHA256 Credential=A/20260101/${REGION}/kinesis/aws4_request, SignedHeaders=${SIGNED_HEADERS}, Signature=${'0'.repeat(64)}`,
};

function byLoop({ putRecords }) {
  return (all) => putAll(putRecords, STREAM, all);
}
