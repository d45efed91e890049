import { type Command, Option } from 'commander';
import { type BinaryFormat, addBinaryFormat, binaryFormatOf, blobOf } from './blob.js';
import { type ConnectionOptions, addConnectionOptions, clientOf } from './connection.js';
import { recordsOf } from './records-option.js';
import { addRequiredOption } from './required-option.js';
import { type StreamOptions, addStreamOptions, streamOf } from './stream-option.js';

type PutOptions = ConnectionOptions & StreamOptions & { cliBinaryFormat?: BinaryFormat };

interface PutRecordOptions extends PutOptions {
  data: string;
  partitionKey: string;
  explicitHashKey?: string;
  sequenceNumberForOrdering?: string;
}

/** `put-record`, with the options and the output of `aws kinesis put-record`. */
export function addPutRecord(program: Command): Command {
  const command = program.command('put-record').description('store one record, as `aws kinesis put-record` does');
  addRequiredOption(
    command,
    '--data <blob>',
    'data of the record: base64, or as --cli-binary-format says, or fileb://FILE',
  );
  addRequiredOption(command, '--partition-key <key>', 'partition key, of 1 to 256 characters');
  command
    .option('--explicit-hash-key <number>', 'hash key that decides the shard in place of the partition key')
    .option('--sequence-number-for-ordering <number>', 'sequence number of the record of this key before')
    .action(async (options: PutRecordOptions) => {
      const StreamInput = streamOf(options);
      const Data = blobOf(options.data, '--data', binaryFormatOf(options));
      const client = await clientOf(options);
      const { partitionKey: PartitionKey, explicitHashKey: ExplicitHashKey } = options;
      const SequenceNumberForOrdering = options.sequenceNumberForOrdering;
      const input = { ...StreamInput, Data, PartitionKey, ExplicitHashKey, SequenceNumberForOrdering };
      const { ShardId, SequenceNumber, EncryptionType } = await client.putRecord(input);
      print({ ShardId, SequenceNumber, EncryptionType });
    });
  return addAwsOptions(command, '--data');
}

/** `put-records`, with the options and the output of `aws kinesis put-records`. */
export function addPutRecords(program: Command): Command {
  const command = program
    .command('put-records')
    .description('store up to 500 records, as `aws kinesis put-records` does');
  addRequiredOption(
    command,
    '--records <record...>',
    'JSON, file://FILE with JSON, or Data=...,PartitionKey=... for each record',
  );
  command.action(async (options: PutOptions & { records: string[] }) => {
    const StreamInput = streamOf(options);
    const Records = recordsOf(options.records, binaryFormatOf(options));
    const client = await clientOf(options);
    const output = await client.putRecords({ ...StreamInput, Records });
    print({
      FailedRecordCount: output.FailedRecordCount,
      Records: output.Records,
      EncryptionType: output.EncryptionType,
    });
  });
  return addAwsOptions(command, 'the Data of each record');
}

/** @param blob what of the command line is data */
function addAwsOptions(command: Command, blob: string): Command {
  addStreamOptions(command);
  addBinaryFormat(command, blob);
  command.addOption(new Option('--output <format>', 'format of the output').choices(['json']).default('json'));
  // Scripts give it; there is no pager.
  command.addOption(new Option('--no-cli-pager').hideHelp());
  return addConnectionOptions(command);
}

/** As the AWS CLI prints it: without what is absent, with four spaces. */
function print(output: object): void {
  process.stdout.write(`${JSON.stringify(output, null, 4)}\n`);
}
