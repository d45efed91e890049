// Pictures for README, drawn from the results: bars with their figures beside them, in the reader's light or dark colours.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from '../../xtask/say.mjs';
import { RUNTIMES, bytes, time } from './targets.mjs';

export const FOLDER = 'tests/bench/pictures';
export const RUNTIME_NAMES = { node: 'Node', chromium: 'Chromium', workerd: 'workerd' };

/** Draws all of them. */
export function drawPictures(run) {
  mkdirSync(join(top, FOLDER), { recursive: true });
  for (const [name, picture] of Object.entries(pictures(run))) writeFileSync(join(top, FOLDER, `${name}.svg`), draw(picture));
}

function pictures(run) {
  return {
    sizes: { title: 'What a visitor downloads', subtitle: 'minified and gzipped, WebAssembly included', groups: [{ bars: sizeBars(run) }] },
    'put-records': { title: 'putRecords, 500 records of 200 bytes', subtitle: 'processor time of the client per record; the service answers at once', groups: groups(run, 'putRecords') },
    'put-record': { title: 'putRecord, 200 bytes', subtitle: 'processor time of the client; the service answers at once', groups: groups(run, 'putRecord') },
    producer: { title: 'From put to acknowledged', subtitle: "the client's processor time per record of 200 bytes, against the embedded Kinesis", groups: groups(run, 'acknowledged', 'base64, SHA-256 and fetch alone') },
    wire: { title: 'A million events of 200 bytes', subtitle: 'bytes on the wire, headers included', groups: [{ bars: wireBars(run) }] },
  };
}

function sizeBars({ sizes }) {
  return sizes.map(({ name, gzipped }) => ({ label: name, value: gzipped, text: bytes(gzipped), kind: kindOf(name) }));
}

function wireBars({ wire }) {
  return wire.map(({ name, bytes: sent, payloadUnits }) => ({
    label: name,
    value: sent,
    text: `${bytes(sent)}, ${payloadUnits.toLocaleString('en')} payload units`,
    kind: kindOf(name),
  }));
}

/** One group for each runtime. */
function groups(run, name, floor = 'base64 and SHA-256 alone') {
  return RUNTIMES.flatMap((runtime) => {
    const field = run.runtimes[runtime]?.cases[name];
    if (!field) return [];
    const bars = field.map((one) => {
      const { median } = one.cpu ?? one.wall;
      return { label: one.name === 'floor' ? floor : one.name, value: median, text: time(median), kind: kindOf(one.name) };
    });
    return [{ name: RUNTIME_NAMES[runtime], bars }];
  });
}

function kindOf(name) {
  if (name.startsWith('kinesis-edge')) return 'ours';
  return name === 'floor' ? 'floor' : 'peer';
}

// ── drawing ──

const WIDTH = 760;
/** Of the bold letters of a label; a little more than most fonts need. */
const LETTER = 8.1;
const GAP = 9;
const BAR = 18;
const STEP = 26;
const HEAD = 66;
const GROUP_HEAD = 30;

function draw({ title, subtitle, groups: all }) {
  const longest = (name) => Math.max(...all.flatMap(({ bars }) => bars.map((bar) => bar[name].length))) * LETTER;
  const left = 16 + longest('label') + GAP;
  const room = WIDTH - left - GAP - longest('text') - 16;
  let y = HEAD;
  const parts = all.map(({ name, bars }) => {
    const scale = room / Math.max(...bars.map(({ value }) => value));
    const head = name ? `<text class="group" x="16" y="${(y += GROUP_HEAD) - 10}">${escape(name)}</text>` : '';
    const drawn = bars.map((bar) => drawBar(bar, { left, y: (y += STEP) - STEP, scale }));
    return head + drawn.join('');
  });
  const height = y + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escape(`${title}: ${subtitle}`)}">
<style>${STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>
<text class="title" x="16" y="30">${escape(title)}</text>
<text class="subtitle" x="16" y="50">${escape(subtitle)}</text>
${parts.join('\n')}
</svg>
`;
}

function drawBar({ label, value, text, kind }, { left, y, scale }) {
  const width = Math.max(1, value * scale).toFixed(1);
  const middle = y + BAR / 2 + 4.5;
  const end = left + Number(width) + GAP;
  return `<text class="label ${kind}" x="${(left - GAP).toFixed(1)}" y="${middle}" text-anchor="end">${escape(label)}</text><rect class="bar ${kind}" x="${left.toFixed(1)}" y="${y}" width="${width}" height="${BAR}" rx="3"/><text class="figure" x="${end.toFixed(1)}" y="${middle}">${escape(text)}</text>`;
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

const STYLE = `
text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}
.paper{fill:#fff;stroke:#d1d9e0}
.title{font-size:17px;font-weight:600}
.subtitle{fill:#59636e}
.group{font-weight:600}
.label.ours{font-weight:600}
.figure{fill:#59636e}
.bar.ours{fill:#0969da}
.bar.peer{fill:#afb8c1}
.bar.floor{fill:#dfe4e9}
@media (prefers-color-scheme:dark){
text{fill:#f0f6fc}
.paper{fill:#0d1117;stroke:#3d444d}
.subtitle,.figure{fill:#9198a1}
.bar.ours{fill:#4493f8}
.bar.peer{fill:#656c76}
.bar.floor{fill:#3d444d}
}`.trim();
