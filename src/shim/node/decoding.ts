import { promisify } from 'node:util';
import zlib from 'node:zlib';

/**
 * Decodes a body according to `content-encoding`: a proxy may compress a response although the request does not ask for
 * it. A body in an encoding that is not known is returned as it is, as `fetch` does it.
 */
export async function decode(body: Uint8Array, contentEncoding: string | undefined): Promise<Uint8Array> {
  const names = (contentEncoding ?? '').toLowerCase().split(',');
  const decoders = names.map((name) => name.trim()).filter((name) => name && name !== 'identity');
  // A response may name an encoding although it has no body.
  if (body.length === 0 || !decoders.every((name) => DECODERS[name])) return body;
  let decoded = body;
  // The last encoding was applied last.
  for (const name of decoders.reverse()) decoded = await (DECODERS[name] as Decoder)(decoded);
  return decoded;
}

type Decoder = (body: Uint8Array) => Promise<Uint8Array>;

const [gunzip, brotli, inflate, inflateRaw] = [
  promisify<zlib.InputType, Uint8Array>(zlib.gunzip),
  promisify<zlib.InputType, Uint8Array>(zlib.brotliDecompress),
  promisify<zlib.InputType, Uint8Array>(zlib.inflate),
  promisify<zlib.InputType, Uint8Array>(zlib.inflateRaw),
];

const DECODERS: Record<string, Decoder> = {
  __proto__: null as never,
  gzip: gunzip,
  'x-gzip': gunzip,
  br: brotli,
  // Some servers leave out the header of zlib, whose first byte ends in 8.
  deflate: (body) => ((body[0] as number) % 16 === 8 ? inflate : inflateRaw)(body),
};
