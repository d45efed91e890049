import { KinesisError } from 'kinesis-edge';
import { oneLine } from './one-line.js';
import { remedyFor } from './remedy.js';

/**
 * Why a command has failed: decides the exit code.
 * - `usage`: the command line is wrong.
 * - `configuration`: the region or the credentials are missing or unusable.
 * - `service`: Kinesis has refused the request.
 * - `other`: everything else, such as a lost network.
 */
export type FailureKind = 'usage' | 'configuration' | 'service' | 'other';

export type ExitCodes = Record<FailureKind, number>;

/** Of the commands that the AWS CLI does not have. */
export const EXIT_CODES: ExitCodes = { usage: 2, configuration: 2, service: 1, other: 1 };

/** https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html */
export const AWS_EXIT_CODES: ExitCodes = { usage: 252, configuration: 253, service: 254, other: 255 };

/** A command that cannot go on: its message is one line for the terminal. */
export class CommandFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }

  /** A mistake in the command line. The message names the option, its limit and the remedy. */
  static usage(message: string): CommandFailure {
    return new CommandFailure('usage', message);
  }
}

/** What was thrown, as a failure of the command. */
export function failureFrom(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof KinesisError)
    return new CommandFailure(kindOf(error), `${messageOf(error)}${remedyFor(error.message)}`);
  return new CommandFailure('other', oneLine(error instanceof Error ? error.message : String(error)));
}

/** The message of an error of the package, with the options of the command line in place of members. */
export function messageOf(error: KinesisError): string {
  const message = oneLine(error.message);
  if (error.code === 'ERR_SERVICE') return `${error.name}: ${message}`;
  return message.replace(/^\w+/, (member) => OPTIONS[member] ?? member);
}

/** An answer without an exception's name is not one of Kinesis: a proxy's page, for example. */
function kindOf({ code, name }: KinesisError): FailureKind {
  if (code === 'ERR_INVALID_ARGUMENT' || code === 'ERR_RECORD_TOO_LARGE') return 'usage';
  if (code === 'ERR_CREDENTIALS') return 'configuration';
  return code === 'ERR_SERVICE' && name !== 'KinesisError' ? 'service' : 'other';
}

/** The option of the command line for each member that a message may begin with. */
const OPTIONS: Record<string, string> = {
  region: '--region',
  endpoint: '--endpoint-url',
  streamName: '--stream-name',
  StreamName: '--stream-name',
  streamARN: '--stream-arn',
  StreamARN: '--stream-arn',
  Data: '--data',
  PartitionKey: '--partition-key',
  ExplicitHashKey: '--explicit-hash-key',
  SequenceNumberForOrdering: '--sequence-number-for-ordering',
  Records: '--records',
};
