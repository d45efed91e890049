import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { type Command, Option } from 'commander';
import { CommandFailure } from './failure.js';
import { profileName, readProfile } from './shared-config.js';

/** How the text of a blob is read: the AWS CLI's setting `cli_binary_format`. */
export type BinaryFormat = 'base64' | 'raw-in-base64-out';

/** @param blob what it concerns, such as `--data` */
export function addBinaryFormat(command: Command, blob: string): Command {
  const description = `how ${blob} is written (default: cli_binary_format of the profile, or base64)`;
  return command.addOption(new Option('--cli-binary-format <format>', description).choices(FORMATS));
}

export function binaryFormatOf(options: { cliBinaryFormat?: BinaryFormat; profile?: string }): BinaryFormat {
  const format = options.cliBinaryFormat ?? readProfile(profileName(options.profile))?.cli_binary_format ?? 'base64';
  if (FORMATS.includes(format)) return format as BinaryFormat;
  throw CommandFailure.usage(`cli_binary_format of the profile must be one of ${FORMATS.join(', ')}, not '${format}'`);
}

/**
 * The bytes of a blob: `fileb://PATH` is the file as it is; other text, or that of `file://PATH`, is base64 or raw.
 * @param option its name, for messages
 */
export function blobOf(value: string, option: string, format: BinaryFormat): Uint8Array {
  return value.startsWith('fileb://')
    ? readFor(option, value.slice('fileb://'.length))
    : decodedBlob(textOf(value, option), option, format);
}

/** The text or the bytes of a file: `fileb://PATH` or `file://PATH`. */
export function fileOf(value: string, option: string): string | Uint8Array {
  if (value.startsWith('fileb://')) return readFor(option, value.slice('fileb://'.length));
  if (value.startsWith('file://')) return textOf(value, option);
  throw CommandFailure.usage(`${option}@ must be file://PATH or fileb://PATH, not '${value}'`);
}

/** The bytes of a text that is base64 or raw. */
export function decodedBlob(text: string, option: string, format: BinaryFormat): Uint8Array {
  if (format === 'raw-in-base64-out') return Buffer.from(text);
  // `base64` breaks its lines after 76 characters.
  const base64 = text.replace(/\s+/g, '');
  if (BASE64.test(base64) && base64.length % 4 === 0) return Buffer.from(base64, 'base64');
  throw CommandFailure.usage(
    `${option} is not base64: encode it, give --cli-binary-format raw-in-base64-out for text as it is, or fileb://FILE for a file`,
  );
}

/** The text of an option: that of the file where it is `file://PATH`. */
export function textOf(value: string, option: string): string {
  if (!value.startsWith('file://')) return value;
  const path = value.slice('file://'.length);
  const bytes = readFor(option, path);
  if (isUtf8(bytes)) return bytes.toString();
  throw CommandFailure.usage(`${option}: ${path} is not text in UTF-8: use fileb://${path} for a file as it is`);
}

function readFor(option: string, path: string): Buffer {
  try {
    // Shells do not expand it after `file://`; the AWS CLI does.
    return readFileSync(path.replace(/^~(?=[\\/])/, homedir()));
  } catch (error) {
    throw CommandFailure.usage(`${option}: the file cannot be read: ${(error as Error).message}`);
  }
}

const FORMATS: string[] = ['base64', 'raw-in-base64-out'];
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
