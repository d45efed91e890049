// The pictures of docs/, in SVG: boxes, arrows and words, light and dark. node tests/docs/generate.mjs writes them.

/** A picture by its file. Lengths are in pixels. */
export const PICTURES = {
  'docs/pictures/record.svg': () =>
    picture('From put to the settled promise', 300, [
      box(16, 56, 150, 72, 'put', 'a record'),
      box(206, 56, 160, 72, 'buffer', 'until lingerMs is over', 'or a request is full'),
      box(406, 56, 160, 72, 'in flight', 'one PutRecords request', 'for many records'),
      box(600, 56, 144, 72, 'acknowledged', 'the promise resolves', '', 'good'),
      arrow([[166, 92], [206, 92]]),
      arrow([[366, 80], [406, 80]]),
      arrow([[566, 92], [600, 92]]),
      arrow([[406, 108], [366, 108]]),
      words(386, 148, 'throttled, a fault, or a lost answer: after a wait', 'middle'),
      words(386, 164, 'only what has failed is sent again', 'middle'),
      arrow([[552, 128], [552, 196]], 'bad'),
      arrow([[222, 128], [222, 218], [406, 218]], 'bad'),
      box(406, 196, 338, 44, 'given up', 'the promise rejects, onError is called', '', 'bad'),
      words(575, 262, 'after recordAttemptsMax attempts or recordTtlMs ms,', 'middle'),
      words(575, 278, 'or where Kinesis refuses the record for good', 'middle'),
      box(16, 196, 150, 72, 'outbox, if any', 'keeps the record until', 'it has settled', 'store'),
      arrow([[91, 128], [91, 196]]),
      words(180, 262, 'read again by the next producer,'),
      words(180, 278, 'where this one has ended'),
    ]),
  'docs/pictures/collector.svg': () =>
    picture('The two modes of a collector', 376, [
      words(16, 74, 'direct', 'start', 'group'),
      box(16, 86, 130, 64, 'page', 'tracker'),
      box(236, 86, 190, 64, 'Worker', '202 when its memory', 'has the events'),
      box(566, 86, 178, 64, 'Kinesis', 'stream', '', 'good'),
      arrow([[146, 118], [236, 118]]),
      words(191, 110, 'POST', 'middle'),
      arrow([[426, 118], [566, 118]]),
      words(496, 110, 'PutRecords', 'middle'),
      words(496, 138, 'in waitUntil', 'middle'),
      words(16, 174, 'While Kinesis is down, an isolate holds 8 MiB, then it answers 503. What it holds is lost when it ends.'),
      words(16, 216, 'queue', 'start', 'group'),
      box(16, 228, 130, 64, 'page', 'tracker'),
      box(236, 228, 130, 64, 'Worker', '202 when the', 'queue has them'),
      box(416, 228, 160, 64, "Cloudflare's queue", 'tries again', 'for a day', 'store'),
      box(626, 228, 118, 64, 'Kinesis', 'stream', '', 'good'),
      arrow([[146, 260], [236, 260]]),
      words(191, 252, 'POST', 'middle'),
      arrow([[366, 260], [416, 260]]),
      arrow([[576, 260], [626, 260]]),
      arrow([[496, 292], [496, 316]], 'bad'),
      box(416, 316, 160, 44, 'dead-letter queue', 'after a day', '', 'bad'),
      words(16, 322, 'A message is removed when Kinesis has'),
      words(16, 338, 'acknowledged all its events.'),
    ]),
  'docs/pictures/event.svg': () =>
    picture('From track to the stream', 292, [
      box(16, 56, 130, 72, 'track', 'a page view, a click,', 'an event of yours'),
      box(196, 56, 140, 72, 'consent', 'without it nothing is', 'stored or sent'),
      box(386, 56, 130, 72, 'beforeSend', 'yours: may change', 'or drop the event'),
      box(566, 56, 178, 72, 'outbox', 'IndexedDB of all tabs:', 'outlives each of them', 'store'),
      arrow([[146, 92], [196, 92]]),
      arrow([[336, 92], [386, 92]]),
      arrow([[516, 92], [566, 92]]),
      box(566, 196, 178, 72, 'request', 'of many events; with', 'keepalive on leaving'),
      arrow([[655, 128], [655, 196]]),
      box(316, 196, 150, 72, 'collector or Kinesis', 'answers', '', 'good'),
      arrow([[566, 232], [466, 232]]),
      arrow([[391, 196], [391, 162], [600, 162], [600, 128]]),
      words(496, 154, 'acknowledged: removed', 'middle'),
      words(16, 226, 'No answer, or a fault: the event stays in the'),
      words(16, 242, 'outbox, and is sent again: by this page, or by'),
      words(16, 258, 'the next one when this tab was killed.'),
    ]),
  'docs/pictures/requests.svg': () =>
    picture('Many records in few requests', 316, [
      words(16, 74, 'your records', 'start', 'group'),
      ...['visitor-1', 'visitor-1', 'visitor-2', 'visitor-3'].map((key, index) => box(16, 86 + index * 48, 130, 36, key, '', '', 'small')),
      words(236, 74, "aggregation 'key'", 'start', 'group'),
      box(236, 86, 160, 84, 'one Kinesis record', 'both of visitor-1, in the', "KPL's format"),
      box(236, 182, 160, 36, 'visitor-2', '', '', 'small'),
      box(236, 230, 160, 36, 'visitor-3', '', '', 'small'),
      arrow([[146, 104], [236, 116]]),
      arrow([[146, 152], [236, 140]]),
      arrow([[146, 200], [236, 200]]),
      arrow([[146, 248], [236, 248]]),
      words(470, 74, 'request', 'start', 'group'),
      box(470, 86, 146, 180, 'PutRecords', 'up to 500 entries', 'each is stored or fails'),
      arrow([[396, 128], [470, 152]]),
      arrow([[396, 200], [470, 184]]),
      arrow([[396, 248], [470, 212]]),
      words(656, 74, 'shards', 'start', 'group'),
      box(656, 86, 88, 52, 'shard 1', '', '', 'good'),
      box(656, 150, 88, 52, 'shard 2', '', '', 'good'),
      box(656, 214, 88, 52, 'shard 3', '', '', 'good'),
      arrow([[616, 148], [656, 116]]),
      arrow([[616, 176], [656, 176]]),
      arrow([[616, 204], [656, 236]]),
      words(16, 294, 'The MD5 hash of a partition key decides the shard: all records of a key are in one shard, until a shard is split or merged.'),
    ]),
  'docs/pictures/keys.svg': () =>
    picture('Where keys are', 300, [
      box(16, 56, 170, 64, 'page', 'no keys'),
      box(296, 56, 190, 64, 'collector, a Worker', 'keys of an IAM user,', 'as secrets', 'store'),
      box(606, 56, 138, 208, 'Kinesis', 'kinesis:PutRecords', 'on one stream', 'good'),
      arrow([[186, 88], [296, 88]]),
      words(241, 80, 'events', 'middle'),
      arrow([[486, 88], [606, 88]]),
      words(546, 80, 'signed', 'middle'),
      box(16, 134, 170, 64, 'page', 'temporary keys, which', 'any visitor can read'),
      box(296, 148, 190, 36, 'Cognito, or your server', '', '', 'small'),
      arrow([[296, 158], [186, 158]]),
      words(241, 150, 'keys', 'middle'),
      arrow([[186, 190], [606, 190]]),
      words(391, 206, 'signed', 'middle'),
      box(16, 212, 170, 64, 'Lambda, server', 'keys of its role'),
      arrow([[186, 244], [606, 244]]),
      words(391, 236, 'signed', 'middle'),
    ]),
};

function picture(title, height, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">
<style>${STYLE}</style>
<defs>${['', 'bad'].map((kind) => `<marker id="end${kind}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path class="end ${kind}" d="M0 0 10 5 0 10z"/></marker>`).join('')}</defs>
<rect class="paper" x=".5" y=".5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
<text class="title" x="16" y="34">${title}</text>
${parts.join('\n')}
</svg>
`;
}

/** A box with its name and up to two lines below it. */
function box(x, y, width, height, name, first, second, kind = '') {
  const lines = [first, second].filter(Boolean);
  const top = y + height / 2 - lines.length * 8 + 5;
  const texts = lines.map((line, index) => words(x + width / 2, top + 17 * (index + 1), line, 'middle'));
  return `<rect class="box ${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/><text class="name" x="${x + width / 2}" y="${top}" text-anchor="middle">${name}</text>${texts.join('')}`;
}

function arrow(points, kind = '') {
  return `<path class="arrow ${kind}" marker-end="url(#end${kind})" d="M${points.map((point) => point.join(' ')).join(' L')}"/>`;
}

function words(x, y, text, anchor = 'start', kind = 'small') {
  return `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`;
}

const WIDTH = 760;
const STYLE = `text{font:13px system-ui,-apple-system,"Segoe UI",sans-serif;fill:#1f2328}
.title{font-size:17px;font-weight:600}
.name,.group{font-weight:600}
.small{font-size:12px;fill:#59636e}
.paper{fill:#fff;stroke:#d1d9e0}
.box{fill:#f6f8fa;stroke:#afb8c1}
.box.good{fill:#dafbe1;stroke:#4ac26b}
.box.bad{fill:#ffebe9;stroke:#ff8182}
.box.store{fill:#ddf4ff;stroke:#54aeff}
.arrow{fill:none;stroke:#59636e;stroke-width:1.5}
.arrow.bad{stroke:#cf222e}
.end{fill:#59636e}
.end.bad{fill:#cf222e}
@media (prefers-color-scheme:dark){
text{fill:#f0f6fc}
.small{fill:#9198a1}
.paper{fill:#0d1117;stroke:#3d444d}
.box{fill:#151b23;stroke:#656c76}
.box.good{fill:#12261e;stroke:#2ea043}
.box.bad{fill:#25171c;stroke:#da3633}
.box.store{fill:#121d2f;stroke:#388bfd}
.arrow{stroke:#9198a1}
.arrow.bad{stroke:#f85149}
.end{fill:#9198a1}
.end.bad{fill:#f85149}
}`;
