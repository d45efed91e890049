// What README and docs/ take from other files: sizes, costs beside the peers, exceptions that are tried again, options that are
// numbers, and what the log says of misconfigurations; and the pictures of docs/.
//   node tests/docs/generate.mjs   brings all of it up to date
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Stop, top } from '../../xtask/say.mjs';
import { time } from '../bench/targets.mjs';
import { misconfigurationTable } from './misconfigurations.mjs';
import { PICTURES } from './pictures.mjs';
import { CLIENT, PRODUCER, numericOptions } from './numeric-options.mjs';

/** The files with generated parts, each with what makes it from its present text. */
const FILES = {
  'README.md': (text) => between(sizes(text), 'costs', costs()),
  'docs/errors.md': (text) => between(text, 'exceptions', exceptions()),
  'docs/client.md': async (text) => between(text, 'numbers', numbers(await numericOptions(CLIENT))),
  'docs/producer.md': async (text) => between(text, 'numbers', numbers(await numericOptions(PRODUCER))),
  'docs/troubleshooting.md': (text) => between(text, 'misconfigurations', misconfigurationTable()),
  ...PICTURES,
};

/** The files, as they are and as they should be. */
export async function generated() {
  const parts = Object.entries(FILES).map(async ([file, make]) => {
    // A picture is there once it has been written.
    const text = existsSync(join(top, file)) ? read(file) : '';
    return { file, text, expected: await make(text) };
  });
  return Promise.all(parts);
}

export async function writeGenerated() {
  for (const { file, expected } of await generated()) writeFileSync(join(top, file), expected);
}

/** Fills in what an import weighs, from the budget. */
function sizes(text) {
  const budget = JSON.parse(read('tests/budget.json'));
  return text.replace(/<!-- size:(.+?) -->.*?<!-- \/size -->/g, (_, name) => {
    if (!budget[name]) throw new Stop(`README.md asks for the size of ${name}, which tests/budget.json does not have`);
    return `<!-- size:${name} -->${kilobytes(budget[name])}<!-- /size -->`;
  });
}

/** Time of one record, time of many, size. */
function costs() {
  const { runtimes, sizes: peers, machine } = JSON.parse(read('tests/bench/results.json'));
  const figure = (runtime, of, name) => {
    const { cpu, wall } = runtimes[runtime].cases[of].find((one) => one.name === name);
    return time((cpu ?? wall).median);
  };
  const pair = (runtime) => `${figure(runtime, 'putRecord', 'kinesis-edge')} beside ${figure(runtime, 'putRecord', 'client-kinesis')}`;
  const many = (name) => figure('node', 'acknowledged', name);
  const weight = (name) => kilobytes(peers.find((one) => one.name === name).gzipped);
  const budget = JSON.parse(read('tests/budget.json'));
  return `Processor time of a \`putRecord\` of 200 bytes, beside that of \`@aws-sdk/client-kinesis\`: ${pair('node')} in Node, ${pair('chromium')} in
Chromium and ${pair('workerd')} in workerd (${machine.cores} cores of ${machine.cpu}, ${machine.date}).
In Node a record of a \`Producer\` takes ${many('kinesis-edge')} of processor time from \`put\` until it is acknowledged. A loop around the SDK, which uses \`node:http\`, takes
${many('loop around client-kinesis')}; a loop around \`aws4fetch\` takes ${many('loop around aws4fetch')}.
A page downloads ${kilobytes(budget.KinesisClient)} for \`KinesisClient\`, ${weight('client-kinesis, PutRecords')} for \`client-kinesis\`, and only ${weight('aws4fetch, by hand')} for \`aws4fetch\`, which signs and sends, but does
not retry failed entries, validate input or batch records.`;
}

/** The names of exceptions in a list of src/client/retry.rs. */
export function exceptionNames(list) {
  return read('src/client/retry.rs').match(new RegExp(`const ${list}: &\\[&str\\] = &\\[([^\\]]*)\\]`))[1].match(/\w+/g);
}

/** The exceptions that are tried again. */
function exceptions() {
  const row = (list, why) => `| ${exceptionNames(list).map((name) => `\`${name}\``).join(', ')} | ${why} |`;
  return [
    '| tried again | why, and what to do if it lasts |',
    '|---|---|',
    row('THROTTLING_ERRORS', 'more than the stream, the account or the KMS key takes: add shards, use `aggregation`, spread the partition keys'),
    row('TRANSIENT_ERRORS', 'a fault of the service: nothing to do but wait'),
    '| `ExpiredTokenException`, with a provider | the provider is asked for new keys: it must give keys that have not expired. Fixed keys are not tried again: see the next table |',
    '| `InvalidSignatureException`, `RequestTimeTooSkewed`, when the message is about time | the clock is corrected from the answer: nothing to do |',
  ].join('\n');
}

/** The table of options that are numbers, from their documentation in the sources. */
function numbers(options) {
  const rows = options.map(({ name, doc }) => {
    const [, what, allowed, byDefault] = doc.match(/^(.+) Allowed: (.+)\. @default (.+)$/);
    return `| \`${name}\` | ${what} | ${grouped(byDefault)} | ${grouped(allowed)} |`;
  });
  return ['| option | what it is | default | allowed |', '|---|---|---|---|', ...rows].join('\n');
}

/** `51_200` as 51,200. */
function grouped(text) {
  return text.replaceAll(/(?<=\d)_(?=\d)/g, ',');
}

function between(text, name, content) {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const parts = [text.indexOf(begin), text.indexOf(end)];
  if (parts[0] < 0 || parts[1] < parts[0]) throw new Stop(`there is no ${begin} … ${end}`);
  return `${text.slice(0, parts[0])}${begin}\n${content}\n${text.slice(parts[1])}`;
}

function kilobytes(count) {
  return `${(count / 1000).toFixed(1)} KB`;
}

function read(file) {
  return readFileSync(join(top, file), 'utf8');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await writeGenerated();
