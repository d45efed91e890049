// A source of 1 GB piped into a stream that throttles: the process's memory stays flat.
import { KinesisClient, Producer } from 'kinesis-edge';
import { Stop, command, say } from '../../../xtask/say.mjs';
import { startKinesis } from '../servers.mjs';

const BYTES = Number(process.env.BYTES ?? 1_000_000_000);
const CHUNK = new Uint8Array(50_000);
const MIB = 1024 * 1024;

await command(async () => {
  const kinesis = await startKinesis();
  try {
    const options = { region: 'us-east-1', endpoint: kinesis.endpoint, credentials: { accessKeyId: 'PIPE', secretAccessKey: 's' } };
    const client = new KinesisClient(options);
    await client.call('CreateStream', { StreamName: 's', ShardCount: 40 });
    const producer = new Producer({ ...options, streamName: 's', recordAttemptsMax: 1000, recordTtlMs: 3_600_000 });
    let left = BYTES;
    const source = new ReadableStream({
      pull(controller) {
        left -= CHUNK.length;
        if (left < 0) controller.close();
        else controller.enqueue(CHUNK);
      },
    });
    const samples = [];
    const watch = setInterval(() => samples.push(process.memoryUsage().rss / MIB), 250);
    const started = performance.now();
    await source.pipeTo(producer.writable);
    clearInterval(watch);
    const [early, late] = [peak(samples.slice(8, samples.length / 2)), peak(samples.slice(samples.length / 2))];
    const { stats } = producer;
    say(
      `piped ${BYTES / 1e6} MB in ${((performance.now() - started) / 1000).toFixed(0)} s: ${stats.recordsDelivered} delivered, ${stats.recordsThrottled} throttled; ` +
        `memory of the process at its highest ${early.toFixed(0)} MiB in the first half, ${late.toFixed(0)} MiB in the second`,
    );
    if (late > early * 1.25) throw new Stop('memory grows');
  } finally {
    await kinesis.stop();
  }
});

function peak(values) {
  return values.reduce((most, value) => Math.max(most, value), 0);
}
