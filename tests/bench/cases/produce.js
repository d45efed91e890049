import { STREAM, entries, keyOf } from '../inputs.js';
import { byHand } from '../peers/aws4fetch.js';
import { putAll } from '../peers/put-records-loop.js';
import { bodyOf, floorOf, joined } from '../peers/floor.js';
import * as ours from '../peers/ours.js';
import { sdk } from '../peers/sdk.js';
import { repeat } from '../rounds.js';
import { putRecordsAnswer, requestHandler } from '../stub.js';

const COUNT = 10_000;
const REQUEST = 500;

/** 10,000 records of 200 bytes from `put` to acknowledged, ten of each visitor in a row; the time is for one record. */
export function produce() {
  const records = entries(COUNT).map((entry, index) => ({ ...entry, PartitionKey: keyOf(Math.floor(index / 10)) }));
  const aws = sdk({ requestHandler: requestHandler(() => putRecordsAnswer(REQUEST)) });
  const hand = byHand();
  const request = records.slice(0, REQUEST);
  const floor = floorOf(joined(request.map(({ Data }) => Data)), bodyOf(STREAM, request));
  const contestants = [
    { name: 'kinesis-edge', run: repeat(byProducer(ours.producer(), records)) },
    { name: "kinesis-edge, aggregation 'key'", run: repeat(byProducer(ours.producer({ aggregation: 'key' }), records)) },
    { name: 'loop around client-kinesis', run: repeat(() => putAll(aws.putRecords, STREAM, records)) },
    { name: 'loop around aws4fetch', run: repeat(() => putAll(hand.putRecords, STREAM, records)) },
    { name: 'floor', run: repeat(() => repeat(floor)(COUNT / REQUEST)) },
  ];
  return contestants.map((contestant) => ({ ...contestant, pieces: COUNT }));
}

function byProducer(producer, records) {
  return async () => {
    for (const { Data, PartitionKey } of records) producer.put(Data, { partitionKey: PartitionKey });
    const { failed } = await producer.flush();
    if (failed > 0) throw new Error(`${failed} records failed`);
  };
}
