// A Worker that puts records and answers with what the exporters of an OpenTelemetry SDK have received.
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { KinesisClient, KinesisError, Producer } from 'kinesis-edge';
import { instrument } from 'kinesis-edge/opentelemetry';

let shared;

/** One client for all requests: the first of them leaves it before there is a response. */
async function useShared(options, isFirst) {
  const { client, spanExporter } = (shared ??= sharedOf(options));
  const put = client.putRecord({ StreamName: options.streamName, Data: 'x', PartitionKey: 'a' });
  if (isFirst) {
    put.catch(() => {});
    while (!shared.isSent) await scheduler.wait(1);
    // An invocation that ends earlier takes a request along that is not sent yet.
    const { endpoint, credentials } = options;
    const isThere = async () => (await (await fetch(`${endpoint}/_faults/${credentials.accessKeyId}`)).json()).length > 0;
    while (!(await isThere())) await scheduler.wait(5);
    return new Response('left');
  }
  await put;
  return Response.json(spanExporter.getFinishedSpans().map(({ name, attributes }) => `${name} ${attributes['error.type']} ${attributes['http.response.status_code']}`));
}

function sharedOf({ streamName, ...options }) {
  const spanExporter = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })] });
  const onEvent = ({ type }) => void (shared.isSent ||= type === 'sent');
  const client = new KinesisClient({ ...options, maxAttempts: 1, onEvent });
  instrument(client, { tracerProvider });
  return { client, spanExporter, isSent: false };
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== '/') return useShared(await request.json(), pathname === '/first');
    const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: metricExporter })] });
    const spanExporter = new InMemorySpanExporter();
    const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spanExporter })] });
    const producer = new Producer(await request.json());
    const end = instrument(producer, { meterProvider, tracerProvider });
    await Promise.all([producer.put('a'), producer.put('b')]);
    await meterProvider.forceFlush();
    end();
    const found = metricExporter.getMetrics()[0].scopeMetrics[0].metrics;
    const values = Object.fromEntries(found.map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints[0].value]));
    await meterProvider.shutdown();
    const refusal = (() => {
      try {
        return instrument({});
      } catch (error) {
        return error instanceof KinesisError;
      }
    })();
    return Response.json({ values, stats: producer.stats, spans: spanExporter.getFinishedSpans().map(({ name }) => name), refusal });
  },
};
