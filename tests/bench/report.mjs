// The table on the terminal.
import { bytes, figureText, rowsOf, spreadText } from './targets.mjs';

/** Every row with its target and verdict, then the bytes on the wire. */
export function report(run) {
  const rows = rowsOf(run);
  const lines = rows.map((row) => [
    row.runtime,
    row.what,
    figureText(row, row.ours),
    spreadText(row, row.ours),
    row.peer ?? '',
    row.peer ? figureText(row, row.theirs) : '',
    row.ratioText ?? '',
    row.target ?? '',
    verdict(row),
  ]);
  const head = ['runtime', 'what', 'ours', 'quartiles', 'beside', 'theirs', 'ratio', 'target', 'verdict'];
  const wire = run.wire?.map((one) => [one.name, bytes(one.bytes), String(one.records), String(one.payloadUnits)]);
  const judged = rows.filter(({ met }) => met !== undefined);
  return [
    table(head, lines),
    ...(wire ? ['', 'a million events of 200 bytes', table(['client', 'on the wire', 'records', 'payload units'], wire)] : []),
    '',
    `${judged.filter(({ met }) => met).length} of ${judged.length} targets met`,
  ].join('\n');
}

function verdict({ met, missing }) {
  if (missing) return 'not built';
  return met === undefined ? '' : met ? 'met' : 'MISSED';
}

function table(head, lines) {
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column].length)));
  const row = (line) => line.map((cell, column) => (/^[\d±+−]/.test(cell) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ').trimEnd();
  return [row(head), widths.map((width) => '─'.repeat(width)).join('  '), ...lines.map(row)].join('\n');
}
