// Compiled, never run: the types take what a user writes.
import { Agent } from 'node:https';
import { metrics } from '@opentelemetry/api';
import * as api from 'kinesis-edge';
import * as collector from 'kinesis-edge/collector';
import * as node from 'kinesis-edge/node';
import * as opentelemetry from 'kinesis-edge/opentelemetry';
import * as slim from 'kinesis-edge/slim';
import * as tracking from 'kinesis-edge/tracker';

const client = new api.KinesisClient({
  region: 'us-east-1',
  credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 's', expiration: new Date() }),
});
const put: api.PutRecordOutput = await client.send(new api.PutRecordCommand({ StreamName: 's', Data: 'x', PartitionKey: 'k' }));
const many: api.PutRecordsOutput = await client.putRecords(
  { StreamARN: 'arn', Records: [{ Data: new Uint8Array(), PartitionKey: put.ShardId }] },
  { abortSignal: AbortSignal.timeout(5) },
);
many.Records[0]?.ErrorCode satisfies string | undefined;
api.signRequest({ method: 'GET', url: 'https://a.b/', region: 'r', service: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' } }).headers satisfies Record<string, string>;
api.shardFor((await client.listShards({ StreamName: 's' })).Shards, { partitionKey: 'k' })?.ShardId satisfies string | undefined;

new api.KinesisClient({ region: 'r', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, fetch: node.nodeFetch });
// @ts-expect-error a producer needs a stream
new api.Producer({ region: 'r', credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
new api.Producer({ streamARN: 'arn' } satisfies api.ProducerOptions);
interface ClickEvent {
  userId: string;
  path: string;
}
const clicks = new api.Producer({ streamName: 's', partitionKey: (event: ClickEvent) => event.userId });
clicks satisfies api.Producer<ClickEvent>;
await clicks.put({ userId: 'u', path: '/' });
// @ts-expect-error an event has a path
await clicks.put({ userId: 'u' });
const orders = new api.Producer<{ id: string }>({ streamName: 's', partitionKey: ({ id }) => id });
// @ts-expect-error that is no order
await orders.put('text');
// What has no type of its own takes anything.
await new api.Producer({ streamName: 's', partitionKey: (data) => String(data) }).put([1]);
tracking.createTracker({ producer: clicks });
new api.Producer({ region: 'r', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, fetch: node.createNodeFetch({ agent: new Agent({ maxSockets: 4 }) }) });
// @ts-expect-error that is an agent's option
node.createNodeFetch({ maxSockets: 4 });

opentelemetry.instrument(client) satisfies () => void;
opentelemetry.instrument(new api.Producer({ streamName: 's' }), { meterProvider: metrics.getMeterProvider(), tracerProvider: {} });
// @ts-expect-error no client, and no producer
opentelemetry.instrument({});

const worker = collector.createCollector((env: { KEY: string }) => ({
  region: 'us-east-1',
  streamName: 's',
  credentials: { accessKeyId: 'a', secretAccessKey: env.KEY },
  allowedOrigins: ['https://www.example.com'],
  validate: (event) => event.sessionId !== '' || 'a session is needed',
}));
(await worker.fetch(new Request('https://a.b/collect'), { KEY: 's' }, { waitUntil() {} })) satisfies Response;
// @ts-expect-error a collector needs a stream
collector.createCollector(() => ({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' }, allowedOrigins: '*' }));
// @ts-expect-error who may send has no default
collector.createCollector(() => ({ region: 'us-east-1', streamName: 's', credentials: { accessKeyId: 'a', secretAccessKey: 's' } }));

// @ts-expect-error a region is a string
new api.KinesisClient({ region: 5, credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
// The environment may have both; a Worker's has bindings too.
interface Env { AWS_ACCESS_KEY_ID: string; EVENTS: { send(): void } }
api.fromEnv({} as Env) satisfies api.CredentialsProvider;
new api.KinesisClient({});
// @ts-expect-error numbers are no data
await client.putRecord({ StreamName: 's', Data: 7, PartitionKey: 'k' });
// @ts-expect-error there is no such code
new api.KinesisError('ERR_WHAT', 'message');

const tracker = tracking.createTracker({
  producer: new api.Producer({ region: 'r', streamName: 's', credentials: api.fromCognitoIdentityPool({ identityPoolId: 'r:1' }), outbox: api.indexedDBOutbox() }),
  autoTrack: { forms: true, webVitals: () => Promise.resolve({}) },
  beforeSend: (event) => (event.type === 'page' ? null : { ...event, userId: 'x' }),
});
tracker.track('x', { a: 1 });
(await tracker.flush()) satisfies void;
interface CartEvents {
  added: { sku: string };
  emptied: object;
}
const cart = tracking.createTracker<CartEvents>({ collectorUrl: '/c' });
cart.track('added', { sku: 'A-17' });
cart.track('emptied');
// @ts-expect-error there is no such event
cart.track('removed');
// @ts-expect-error a sku is text
cart.track('added', { sku: 17 });
// @ts-expect-error there is no such thing to track
tracking.createTracker({ collectorUrl: '/c', autoTrack: { swipes: true } });

const watched = new api.Producer({
  region: 'r',
  streamName: 's',
  credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  onEvent: (event: api.KinesisEvent) => {
    event.at satisfies number;
    if (event.type === 'throttled') event.reason satisfies api.KinesisError;
    if (event.type === 'answered') event.status satisfies number | undefined;
    if (event.type === 'connectivity') event.state satisfies 'online' | 'offline' | 'probing';
    // @ts-expect-error what is queued waits for nothing
    if (event.type === 'queued') event.waitMs;
  },
});
// An asynchronous one.
new api.KinesisClient({ onEvent: async ({ type }) => void type });
watched.stats.histograms.requestTimeMs satisfies api.Histogram;
watched.stats.histograms satisfies Record<'bufferingTimeMs' | 'requestTimeMs' | 'userRecordsPerKinesisRecord' | 'retriesPerRecord', api.Histogram>;
