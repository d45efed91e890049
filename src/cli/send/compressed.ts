import { CommandFailure } from '../failure.js';

/** The chunks of an input. Throws at the first where the input is a file of gzip, which has no lines. */
export async function* refuseCompressed(chunks: AsyncIterable<Buffer>, path: string | undefined) {
  let isFirst = true;
  for await (const chunk of chunks) {
    if (isFirst && chunk.subarray(0, 2).equals(MAGIC)) throw isCompressed(path);
    isFirst = false;
    yield chunk;
  }
}

function isCompressed(path: string | undefined): CommandFailure {
  const what = path === undefined ? 'the standard input' : path;
  return CommandFailure.usage(`${what} is compressed: gzip -dc ${path ?? 'FILE'} | kinesis-edge send …`);
}

/** https://www.rfc-editor.org/rfc/rfc1952#page-6. No text in UTF-8 begins so. */
const MAGIC = Buffer.from([0x1f, 0x8b]);
