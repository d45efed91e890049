// A full buffer with failing entries, lost requests and lost answers: none lost, and wasm memory stays under twice the buffer.
import { Stop, command, say } from '../../../xtask/say.mjs';
import { startKinesis } from '../servers.mjs';

const MIB = 1024 * 1024;
const BUFFER_BYTES_MAX = 8 * MIB;
/** @type {WebAssembly.Memory} */
let memory;

await command(async () => {
  const { KinesisClient, Producer } = await importWatched();
  const empty = memory.buffer.byteLength;
  for (const [bytes, records] of [[1000, 30_000], [200, 80_000]]) {
    const kinesis = await startKinesis(['--no-limits']);
    const plan = { operation: 'PutRecords', random: { seed: 7, recordFailed: 0.2, requestLost: 0.05, answerLost: 0.05 } };
    await fetch(`${kinesis.endpoint}/_faults/MEMORY`, { method: 'PUT', body: JSON.stringify(plan) });
    const options = { region: 'us-east-1', endpoint: kinesis.endpoint, credentials: { accessKeyId: 'MEMORY', secretAccessKey: 's' } };
    await new KinesisClient(options).call('CreateStream', { StreamName: 's', ShardCount: 4 });
    const producer = new Producer({ ...options, streamName: 's', bufferBytesMax: BUFFER_BYTES_MAX, recordAttemptsMax: 1000 });
    const data = 'x'.repeat(bytes);
    let fullest = 0;
    for (let index = 0; index < records; index += 1) {
      await producer.ready;
      producer.put(data);
      if (index % 1000 === 0) fullest = Math.max(fullest, producer.stats.bytesBuffered);
    }
    await producer.close();
    await kinesis.stop();
    const { recordsDelivered, recordsFailed } = producer.stats;
    const used = memory.buffer.byteLength - empty;
    say(`${records} records of ${bytes} B: ${recordsDelivered} delivered, ${recordsFailed} lost; buffered ${(fullest / MIB).toFixed(1)} MiB at most, wasm memory grew by ${(used / MIB).toFixed(1)} MiB in all`);
    if (recordsDelivered !== records) throw new Stop('records were lost');
    if (used > 2 * BUFFER_BYTES_MAX) process.exitCode = 1;
  }
});

/** Imports the package and keeps hold of its memory. */
async function importWatched() {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      // The first is ours: the host has instances of its own. Names of exports are shortened.
      memory ??= Object.values(this.exports).find((one) => one instanceof WebAssembly.Memory);
    }
  };
  return import('kinesis-edge');
}
