// The same Worker with the AWS SDK for delivery. Authorization, parsing and enrichment are the collector's own code, so only the delivery
// to the stream differs.
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { Authorizer } from '../../../target/scripts/collector/authorizer.js';
import { readBody } from '../../../target/scripts/collector/body.js';
import { EventEnricher } from '../../../target/scripts/collector/enricher.js';
import { parseEvents } from '../../../target/scripts/collector/event-parser.js';
import { jsonResponse } from '../../../target/scripts/collector/json-response.js';
import { readCollectorOptions } from '../../../target/scripts/collector/options.js';
import { Refusal } from '../../../target/scripts/collector/refusal.js';

const TRIES_MAX = 10;
let options;
let authorizer;
let client;

export default {
  async fetch(request, env, ctx) {
    const credentials = { accessKeyId: 'THEIRS', secretAccessKey: 'secret' };
    options ??= readCollectorOptions({ region: 'us-east-1', credentials, streamName: env.STREAM, allowedOrigins: ['https://www.example.com'] });
    authorizer ??= new Authorizer(options);
    client ??= new KinesisClient({ region: 'us-east-1', endpoint: env.KINESIS, credentials });
    const url = new URL(request.url);
    if (url.pathname !== '/collect') return jsonResponse(404, { error: 'there is nothing at this path' });
    const headers = authorizer.corsHeaders(request);
    try {
      authorizer.authorize(request, url.searchParams);
      const { text, isLines } = await readBody(request, options.bodyBytesMax);
      const { events, refused } = parseEvents(text, isLines, options);
      const enricher = new EventEnricher(request, options, url.searchParams.get('sentAt'));
      const records = [];
      for (const { index, event } of events) {
        const result = enricher.enrich(event);
        if (typeof result === 'string') refused.push({ index, reason: result });
        else records.push({ Data: new TextEncoder().encode(result.data), PartitionKey: result.partitionKey ?? crypto.randomUUID() });
      }
      if (records.length > 0) ctx.waitUntil(deliver(env.STREAM, records));
      return jsonResponse(202, { accepted: records.length, refused, serverTime: enricher.serverTime }, headers);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return jsonResponse(error.status, { error: error.reason }, { ...headers, ...error.headers });
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
