// The tables of docs/performance.md, which are written from the results between two markers.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop, top } from '../../xtask/say.mjs';
import { FOLDER, RUNTIME_NAMES } from './pictures.mjs';
import { RUNTIMES, bytes, figureText, rowsOf } from './targets.mjs';

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

export function rewritePerformance(run) {
  const path = join(top, 'docs', 'performance.md');
  const text = readFileSync(path, 'utf8');
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) throw new Stop(`docs/performance.md has no ${BEGIN} … ${END}`);
  writeFileSync(path, `${text.slice(0, begin)}${BEGIN}\n${section(run)}\n${text.slice(end)}`);
}

function section(run) {
  const rows = rowsOf(run);
  return [
    picture('sizes', 'What a visitor downloads, minified and gzipped'),
    picture('put-record', 'Processor time of the client for a putRecord'),
    picture('put-records', 'Processor time of the client for each of 500 records'),
    picture('producer', 'Processor time of the client from put to acknowledged'),
    '',
    ...timeTable(rows.filter(({ runtime }) => runtime !== 'page')),
    '',
    ...sizeTable(run),
    '',
    picture('wire', 'Bytes on the wire for a million events'),
    '',
    ...wireTable(run),
    '',
    about(run),
    '',
    verdict(rows),
  ].join('\n');
}

function picture(name, alt) {
  return `<img src="../${FOLDER}/${name}.svg" alt="${alt}">`;
}

/** A line for what is measured and the peer beside it, a column for each runtime. */
function timeTable(rows) {
  const lines = new Map();
  for (const row of rows) {
    const key = `${row.what}|${row.peer}`;
    if (!lines.has(key)) lines.set(key, { what: row.what, peer: row.peer, cells: {} });
    lines.get(key).cells[row.runtime] = row;
  }
  const head = `| what | beside | ${RUNTIMES.map((runtime) => RUNTIME_NAMES[runtime]).join(' | ')} |`;
  const body = [...lines.values()].map(({ what, peer, cells }) => `| ${what} | ${peer ?? '–'} | ${RUNTIMES.map((runtime) => cell(cells[runtime])).join(' | ')} |`);
  return [head, '|---|---|---|---|---|', ...body];
}

/** Ours and theirs, and how they compare. */
function cell(row) {
  if (!row) return '';
  const figures = row.peer ? `${figureText(row, row.ours)} : ${figureText(row, row.theirs)}` : figureText(row, row.ours);
  return row.ratioText ? `${figures}, **${row.ratioText}**` : figures;
}

function sizeTable({ sizes }) {
  return ['| minified and gzipped, wasm included | bytes |', '|---|---|', ...sizes.map(({ name, gzipped }) => `| ${name} | ${gzipped.toLocaleString('en')} |`)];
}

function wireTable({ wire }) {
  const lines = wire.map(({ name, bytes: sent, records, payloadUnits }) => `| ${name} | ${bytes(sent)} | ${records.toLocaleString('en')} | ${payloadUnits.toLocaleString('en')} |`);
  return ['| a million events of 200 bytes | on the wire | records | PUT payload units |', '|---|---|---|---|', ...lines];
}

/** What the project's own targets are, and how many are met: the report has each of them. */
function verdict(rows) {
  const judged = rows.filter(({ met }) => met !== undefined);
  const met = judged.filter((row) => row.met).length;
  return `The project has ${judged.length} targets of its own for time, size and growth. Most ask for a multiple of a peer's speed, from 2× to 25×, so a missed target alone does not mean that the peer is ahead. This run meets ${met}. \`npm run bench -- --from-json\` prints each beside its figure.`;
}

function about({ machine, runtimes, versions }) {
  const hosts = Object.values(runtimes).map(({ version }) => version);
  const peers = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `Measured on ${machine.date} on ${machine.cores} cores of ${machine.cpu}: ${hosts.join(', ')}; ${peers.join(', ')}.`;
}
