import { STREAM, event } from '../inputs.js';
import { bodyOf, floorOf, joined } from '../peers/floor.js';
import * as ours from '../peers/ours.js';
import { repeat, repeatSync } from '../rounds.js';

const COUNT = 1000;
const KEY = 'visitor-00000001';

/**
 * 1,000 records of 200 bytes under one key, made into aggregates. Ours is timed from the first `put` to the last promise, with
 * base64, SHA-256, the signature and the answer; the peer's only makes the aggregate.
 */
export function aggregate({ kinesisAgg, md5 }) {
  const records = Array.from({ length: COUNT }, (_, index) => event(index));
  const data = joined(records);
  return [
    { name: 'kinesis-edge', run: repeat(byProducer(records)) },
    ...(kinesisAgg ? [{ name: 'aws-kinesis-agg', run: repeat(byPackage(kinesisAgg, records)) }] : []),
    // Every aggregate ends in the MD5 of its records: no maker of aggregates is faster.
    ...(md5 ? [{ name: "the host's MD5 alone", run: repeatSync(() => md5(data)) }] : []),
    { name: 'floor', run: repeat(floorOf(data, bodyOf(STREAM, [{ Data: data, PartitionKey: KEY }]))) },
  ];
}

function byProducer(records) {
  const producer = ours.producer({ aggregation: 'key' });
  return async () => {
    for (const record of records) producer.put(record, { partitionKey: KEY });
    await producer.flush();
  };
}

function byPackage({ RecordAggregator }, records) {
  return () => {
    const aggregator = new RecordAggregator();
    for (const data of records) aggregator.addUserRecord({ partitionKey: KEY, data: globalThis.Buffer.from(data.buffer, data.byteOffset, data.byteLength) });
    return aggregator.build();
  };
}
