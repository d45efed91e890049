import type { PutRecordsEntry } from 'kinesis-edge';
import { type BinaryFormat, decodedBlob, fileOf, textOf } from './blob.js';
import { CommandFailure } from './failure.js';

type Members = Record<string, unknown>;

/** The value of a member that ends with `@`. */
class FileName {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The value of `--records`: JSON or the AWS CLI's shorthand, an argument for each record, or a file with JSON. */
export function recordsOf(values: string[], format: BinaryFormat): PutRecordsEntry[] {
  const texts = values.length === 1 ? [textOf(values[0] as string, '--records')] : values;
  const found = texts.flatMap((text): Members[] => (/^\s*[[{]/.test(text) ? jsonOf(text) : [shorthandOf(text)]));
  return found.map((members, index) => entryOf(members, `--records, entry ${index}`, format));
}

function jsonOf(text: string): Members[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value as Members];
  } catch (error) {
    throw CommandFailure.usage(`--records is not JSON: ${(error as Error).message}`);
  }
}

/**
 * `Data=aGVsbG8=,PartitionKey=a`. A comma within a value follows a backslash, or the value stands in quotes, where a
 * backslash makes a quote or a backslash a part of the value. The value
 * of `Data@=` is the name of a file: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html
 */
function shorthandOf(text: string): Members {
  const members: Members = {};
  let rest = text;
  while (rest !== '') {
    const [whole, name, isFile, double, single, plain] = PAIR.exec(rest) ?? [];
    if (whole === undefined || name === undefined)
      throw CommandFailure.usage(`--records: '${text}' is neither JSON nor of the form Data=...,PartitionKey=...`);
    if (Object.hasOwn(members, name)) throw CommandFailure.usage(`--records: '${text}' has ${name} twice`);
    const value = (double ?? single ?? plain ?? '').replace(plain === undefined ? /\\(["'\\])/g : /\\(.)/g, '$1');
    members[name] = isFile ? new FileName(value) : value;
    rest = rest.slice(whole.length);
  }
  return members;
}

function entryOf(members: Members, where: string, format: BinaryFormat): PutRecordsEntry {
  if (typeof members !== 'object' || members === null)
    throw CommandFailure.usage(`${where} must be an object with Data and PartitionKey`);
  const unknown = Object.keys(members).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined)
    throw CommandFailure.usage(`${where} has a member ${unknown}: it may have ${MEMBERS.join(', ')}`);
  const { Data, PartitionKey, ExplicitHashKey } = members;
  const read = Data instanceof FileName ? fileOf(Data.name, `${where}: Data`) : Data;
  for (const [name, value] of Object.entries({ Data: read, PartitionKey })) {
    if (typeof value !== 'string' && !(value instanceof Uint8Array))
      throw CommandFailure.usage(`${where} needs a text ${name}`);
  }
  if (ExplicitHashKey !== undefined && typeof ExplicitHashKey !== 'string')
    throw CommandFailure.usage(`${where}: ExplicitHashKey must be a text of digits`);
  return {
    Data: typeof read === 'string' ? decodedBlob(read, `${where}: Data`, format) : (read as Uint8Array),
    PartitionKey: PartitionKey as string,
    ...(ExplicitHashKey !== undefined && { ExplicitHashKey }),
  };
}

const MEMBERS = ['Data', 'PartitionKey', 'ExplicitHashKey'];
const PAIR = /^\s*(\w+)(@?)=(?:"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|((?!["'])(?:\\.|[^,\\])*))(?:,|$)/;
