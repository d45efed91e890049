import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { type ConnectionOptions, addConnectionOptions, clientOf } from '../connection.js';
import { numberWithin } from '../number-option.js';
import { type StreamOptions, addStreamOptions, streamOf } from '../stream-option.js';
import { RecordOutput } from './output.js';
import { type StartPosition, startPosition } from './position.js';
import { StreamReader } from './stream-reader.js';

interface TailOptions extends ConnectionOptions, StreamOptions {
  from: StartPosition;
  shardId?: string;
  json?: boolean;
  follow: boolean;
  limit?: number;
}

export function addTail(program: Command): void {
  const command = program
    .command('tail')
    .description('print the records of a stream as they arrive, aggregates taken apart');
  addStreamOptions(command);
  command
    .addOption(
      new Option('--from <place>', 'latest, trim-horizon, a time such as 2026-01-31T12:00:00Z, or an age such as 15m')
        .argParser(startPosition)
        .default(startPosition('latest'), 'latest'),
    )
    .option('--shard-id <id>', 'only this shard')
    .option('--json', 'a line of JSON for each record')
    .option('--no-follow', 'end when all that is there is printed')
    .option('--limit <records>', 'end after so many records', numberWithin(1, Number.MAX_SAFE_INTEGER));
  addConnectionOptions(command).action(tail);
}

async function tail(options: TailOptions): Promise<void> {
  const stream = streamOf(options);
  const client = await clientOf(options);
  const ended = new AbortController();
  const ending = once(ended.signal, 'abort');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  const output = new RecordOutput(options.json ?? false, options.limit, () => ended.abort());
  const { from, shardId, follow: isFollowing } = options;
  const onRecords = (records: Parameters<RecordOutput['print']>[0]) => output.print(records);
  const reader = new StreamReader(
    { client, stream, from, shardId, isFollowing, onRecords, onTrouble: note },
    ended.signal,
  );
  const shards = await Promise.race([reader.open(), ending.then(() => undefined)]);
  if (shards === undefined) return;
  note(`reading ${shards} ${shards === 1 ? 'shard' : 'shards'} of ${stream.StreamARN ?? stream.StreamName}`);
  // A request that is on its way is not waited for.
  await Promise.race([reader.done(), ending]);
}

function note(line: string): void {
  process.stderr.write(`kinesis-edge tail: ${line}\n`);
}
