import type { PutRecordsEntry } from 'kinesis-edge';
import { type BinaryFormat, blobOf, textOf } from './blob.js';
import { Failure } from './failure.js';

type Members = Record<string, unknown>;

/** The value of `--records`: JSON, a file with JSON, or the AWS CLI's shorthand, an argument for each record. */
export function recordsOf(values: string[], format: BinaryFormat): PutRecordsEntry[] {
  const text = values.length === 1 ? textOf(values[0] as string, '--records') : undefined;
  const isJson = text !== undefined && /^\s*[[{]/.test(text);
  const found = isJson ? jsonOf(text) : values.map(shorthandOf);
  return found.map((members, index) => entryOf(members, `--records, entry ${index}`, format));
}

function jsonOf(text: string): Members[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value as Members];
  } catch (error) {
    throw Failure.usage(`--records is not JSON: ${(error as Error).message}`);
  }
}

/** `Data=aGVsbG8=,PartitionKey=a`; a value with a comma stands in quotes. */
function shorthandOf(text: string): Members {
  const members: Members = {};
  let rest = text;
  while (rest !== '') {
    const [whole, name, double, single, plain] = PAIR.exec(rest) ?? [];
    if (whole === undefined || name === undefined)
      throw Failure.usage(`--records: '${text}' is neither JSON nor of the form Data=...,PartitionKey=...`);
    members[name] = double ?? single ?? plain;
    rest = rest.slice(whole.length);
  }
  return members;
}

function entryOf(members: Members, where: string, format: BinaryFormat): PutRecordsEntry {
  if (typeof members !== 'object' || members === null)
    throw Failure.usage(`${where} must be an object with Data and PartitionKey`);
  const unknown = Object.keys(members).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw Failure.usage(`${where} has a member ${unknown}: it may have ${MEMBERS.join(', ')}`);
  const { Data, PartitionKey, ExplicitHashKey } = members;
  for (const [name, value] of Object.entries({ Data, PartitionKey })) {
    if (typeof value !== 'string') throw Failure.usage(`${where} needs a text ${name}`);
  }
  if (ExplicitHashKey !== undefined && typeof ExplicitHashKey !== 'string')
    throw Failure.usage(`${where}: ExplicitHashKey must be a text of digits`);
  return {
    Data: blobOf(Data as string, `${where}: Data`, format),
    PartitionKey: PartitionKey as string,
    ...(ExplicitHashKey !== undefined && { ExplicitHashKey }),
  };
}

const MEMBERS = ['Data', 'PartitionKey', 'ExplicitHashKey'];
const PAIR = /^(\w+)=(?:"([^"]*)"|'([^']*)'|([^,]*))(?:,|$)/;
