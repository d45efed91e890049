// The same Worker, delivering with the AWS SDK: whom it lets in, how it reads and what it adds is the collector's own code, so that
// only the way into the stream differs.
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { Access } from '../../../target/modules/collector/access.js';
import { Refusal, answer } from '../../../target/modules/collector/answer.js';
import { readText } from '../../../target/modules/collector/body.js';
import { readEvents } from '../../../target/modules/collector/json.js';
import { readCollectorOptions } from '../../../target/modules/collector/options.js';
import { Stamp } from '../../../target/modules/collector/stamp.js';

const TRIES_MAX = 10;
let options;
let access;
let client;

export default {
  async fetch(request, env, ctx) {
    const credentials = { accessKeyId: 'THEIRS', secretAccessKey: 'secret' };
    options ??= readCollectorOptions({ region: 'us-east-1', credentials, streamName: env.STREAM, allowedOrigins: ['https://www.example.com'] });
    access ??= new Access(options);
    client ??= new KinesisClient({ region: 'us-east-1', endpoint: env.KINESIS, credentials });
    const url = new URL(request.url);
    if (url.pathname !== '/collect') return answer(404, { error: 'there is nothing at this path' });
    const headers = access.headers(request);
    try {
      access.admit(request, url.searchParams);
      const { text, isLines } = await readText(request, options.bodyBytesMax);
      const { items, refused } = readEvents(text, isLines, options);
      const stamp = new Stamp(request, options, url.searchParams.get('sentAt'));
      const records = [];
      for (const { index, event } of items) {
        const taken = stamp.take(event);
        if (typeof taken === 'string') refused.push({ index, reason: taken });
        else records.push({ Data: new TextEncoder().encode(taken.data), PartitionKey: taken.partitionKey ?? crypto.randomUUID() });
      }
      if (records.length > 0) ctx.waitUntil(deliver(env.STREAM, records));
      return answer(202, { accepted: records.length, refused, serverTime: stamp.serverTime }, headers);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return answer(error.status, { error: error.reason }, { ...headers, ...error.headers });
    }
  },
};

async function deliver(StreamName, records) {
  let left = records;
  for (let tries = 0; left.length > 0 && tries < TRIES_MAX; tries += 1) {
    const { Records } = await client.send(new PutRecordsCommand({ StreamName, Records: left }));
    left = left.filter((_, index) => Records[index].ErrorCode);
  }
}
