// A Worker that puts records and answers with what the exporters of an OpenTelemetry SDK have received.
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { KinesisError, Producer } from 'kinesis-edge';
import { instrument } from 'kinesis-edge/opentelemetry';

export default {
  async fetch(request) {
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
