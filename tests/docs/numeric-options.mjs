// The options that are numbers, read from src/shim/client/options.ts and src/shim/producer/options.ts: what the documentation
// of each says, and what the code does. Docs, the suite and tests/js/numeric-options.test.mjs are made from this list.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { top } from '../../xtask/say.mjs';

const REQUIRED = { region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } };
export const CLIENT = { file: 'src/shim/client/options.ts', type: 'ClientOptions' };
export const PRODUCER = { file: 'src/shim/producer/options.ts', type: 'ProducerBaseOptions' };

/** The names of all options of a type that users may set, whatever their type is. */
export function optionNames({ file, type } = PRODUCER) {
  return membersOf(file, type).filter(({ doc }) => !doc.includes('@internal')).map(({ name }) => name);
}

/**
 * The numeric options that a type declares.
 * @returns each with `name`, the text `doc` of its documentation, and from the code `byDefault`, `min`, `max` and `isWhole`, or `above` where
 *   any greater number is allowed
 */
export async function numericOptions({ file, type } = PRODUCER) {
  const read = await optionsReader();
  return membersOf(file, type)
    .filter((member) => member.type === 'number')
    .map(({ name, doc }) => ({ name, doc, byDefault: read({})[name], ...rangeOf(read, name) }));
}

/** All options as the code reads them, with their defaults; those of the client, and over them those of the producer. */
export async function optionsReader() {
  const readClient = (await sourceOf(CLIENT.file)).readClientOptions;
  const { readProducerOptions, PRODUCER_OPTIONS: names } = await sourceOf(PRODUCER.file);
  const readProducer = (options) => readProducerOptions({ streamName: 'clicks', ...options });
  return (options) => {
    const all = { ...REQUIRED, ...options };
    return { ...readClient(all, names), ...readProducer(all) };
  };
}

/** The optional members of an interface, each with its type and the text of the comment before it. */
function membersOf(file, type) {
  const text = readFileSync(join(top, file), 'utf8');
  const body = text.slice(text.search(new RegExp(`export interface ${type}\\b`))).split('\n}\n')[0];
  const members = body.matchAll(/(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\s+)?^ {2}(\w+)\?: ([^;]+);/gm);
  return [...members].map(([, comment = '', name, kind]) => ({ name, type: kind, doc: textOf(comment) }));
}

function textOf(comment) {
  return comment.replaceAll(/^ *\* ?/gm, ' ').replaceAll(/\s+/g, ' ').trim();
}

/** What the source exports, compiled. */
async function sourceOf(file) {
  const { outputFiles } = buildSync({ entryPoints: [join(top, file)], bundle: true, write: false, format: 'esm', logLevel: 'error' });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

/** What is allowed, as the refusal of a text says it. */
function rangeOf(read, name) {
  try {
    read({ [name]: 'none' });
  } catch ({ message }) {
    const [, whole, min, max] = message.match(/must be a (whole )?number from ([\d.]+) to ([\d.]+), not/) ?? [];
    if (max !== undefined) return { min: Number(min), max: Number(max), isWhole: whole !== undefined };
    const [, above] = message.match(/greater than (\d+), not/) ?? [];
    if (above !== undefined) return { above: Number(above) };
  }
  throw new Error(`${name} refuses no text, or its refusal names no range`);
}
