// Another checkout's build beside this one's, in one process of Node: what a change costs, whatever else the machine does.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Stop, top } from '../../xtask/say.mjs';
import { CREDENTIALS, ENDPOINT, REGION, STREAM, entries, event } from './inputs.js';
import { interleave, ownProcessorTime, repeat, repeatSync } from './rounds.js';
import { PUT_RECORD_ANSWER, countEntries, putRecordsAnswer, withStubbedFetch } from './stub.js';

const TIMING = { rounds: 40, roundMs: 60, warmUpMs: 1000 };
const OPTIONS = { region: REGION, credentials: CREDENTIALS, streamName: STREAM };
const RECORDS = 2000;

/** Each case: `work` from a build's exports, the answer of the service, and how many pieces one piece of work has. */
const CASES = {
  'signing a 300-byte request': { work: sign, isSync: true },
  'putRecord of 200 bytes': { work: putRecord, answerOf: () => PUT_RECORD_ANSWER },
  'putRecords of 500 × 200 bytes, per record': { work: (build) => putRecords(build, entries(500)), answerOf: () => putRecordsAnswer(500), pieces: 500 },
  'a request of 5 MiB': { work: (build) => putRecords(build, entries(5, 1024 * 1024 - 16)), answerOf: () => putRecordsAnswer(5) },
  'Producer, bytes, per record': { work: (build) => produce(build, {}, ({ Data }) => Data), answerOf: countEntries, pieces: RECORDS },
  'Producer, texts, per record': { work: (build) => produce(build, {}, ({ Data }) => new TextDecoder().decode(Data)), answerOf: countEntries, pieces: RECORDS },
  "Producer, aggregation 'key', per record": { work: (build) => produce(build, { aggregation: 'key' }, ({ Data }) => Data), answerOf: countEntries, pieces: RECORDS },
};

/** Times all cases of this build and of the one in `folder`; returns the lines of a table. */
export async function compareWith(folder) {
  const builds = [];
  for (const checkout of [resolve(folder), top]) builds.push(await load(checkout));
  const lines = [`${'microseconds of processor time, medians'.padEnd(44)}${'before'.padStart(12)}${'now'.padStart(12)}${'now ÷ before'.padStart(16)}`];
  for (const [name, one] of Object.entries(CASES)) lines.push(await compare(name, one, builds));
  return lines;
}

async function load(checkout) {
  const entry = join(checkout, 'dist', 'node.js');
  if (!existsSync(entry)) throw new Stop(`${checkout} has no dist/node.js: run npm run build there`);
  const build = await import(pathToFileURL(entry).href);
  await (typeof build.ready === 'function' ? build.ready() : build.ready);
  return build;
}

async function compare(name, { work, answerOf, pieces = 1, isSync = false }, builds) {
  const contestants = builds.map((build) => ({ name, run: (isSync ? repeatSync : repeat)(work(build)) }));
  const [before, now] = await withStubbedFetch(answerOf, () => interleave(contestants, TIMING, ownProcessorTime));
  const [first, second] = [before, now].map(({ cpu }) => cpu.median / pieces);
  return `${name.padEnd(44)}${first.toFixed(2).padStart(12)}${second.toFixed(2).padStart(12)}${(second / first).toFixed(2).padStart(16)}`;
}

function sign({ signRequest }) {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Kinesis_20131202.PutRecord' };
  const request = { method: 'POST', url: ENDPOINT, region: REGION, service: 'kinesis', credentials: CREDENTIALS, headers, body: event(0, 300) };
  return () => signRequest(request);
}

function putRecord({ KinesisClient }) {
  const client = new KinesisClient({ region: REGION, credentials: CREDENTIALS });
  const [record] = entries(1);
  return () => client.putRecord({ StreamName: STREAM, ...record });
}

function putRecords({ KinesisClient }, Records) {
  const client = new KinesisClient({ region: REGION, credentials: CREDENTIALS });
  return () => client.putRecords({ StreamName: STREAM, Records });
}

function produce({ Producer }, options, dataOf) {
  const producer = new Producer({ ...OPTIONS, ...options });
  const records = entries(RECORDS).map((entry) => ({ data: dataOf(entry), partitionKey: entry.PartitionKey }));
  return async () => {
    for (const { data, partitionKey } of records) producer.put(data, { partitionKey });
    const { failed } = await producer.flush();
    if (failed > 0) throw new Error(`${failed} records failed`);
  };
}
