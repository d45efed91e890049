// npm run docs: the site of README, docs/ and the reference of the public types, in target/site. With -- --serve it is served on loopback.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { Stop, command, run, say, top } from './say.mjs';

const site = join(top, 'site');
const pages = join(site, 'pages');
/** What the site shows of the repository. */
const SHOWN = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'docs', 'tests/bench/pictures', 'www/picture-light.webp', 'www/picture-dark.webp'];
/** The entries whose types are the reference. */
const ENTRIES = ['index', 'tracker', 'collector', 'lambda', 'opentelemetry', 'node-fetch'];

async function makeSite() {
  await build();
  await installTools();
  say('reference: typedoc');
  rmSync(pages, { recursive: true, force: true });
  makeDemo(join(pages, 'public', 'demo'));
  for (const path of SHOWN) cpSync(join(top, path), join(pages, path), { recursive: true });
  await run('node', [tool('typedoc', 'bin', 'typedoc'), ...ENTRIES.flatMap((entry) => ['--entryPoints', join(top, 'dist', 'types', 'entries', `${entry}.d.ts`)]), '--tsconfig', join(site, 'tsconfig.json'), '--plugin', 'typedoc-plugin-markdown', '--out', join(pages, 'api'), '--readme', 'none', '--excludeInternal', '--disableSources', '--hideBreadcrumbs', '--entryFileName', 'index', '--logLevel', 'Warn'], { cwd: site });
  say('site: vitepress');
  await run('node', [tool('vitepress', 'bin', 'vitepress.js'), 'build', site], { cwd: site });
  say(`site: ${join('target', 'site', 'index.html')}`);
}

/** The page Records, which needs no server of ours: its visitor connects it to a stream on AWS, or to one of `kinesis-edge dev`. */
function makeDemo(folder) {
  cpSync(join(top, 'www'), folder, { recursive: true, filter: (path) => !ONLY_WITH_WORKER.test(path) });
  renameSync(join(folder, 'records.html'), join(folder, 'index.html'));
  const page = replaced(readFileSync(join(folder, 'index.html'), 'utf8'), [
    [/<nav class="tabs".*<\/nav>/, '<nav class="tabs" aria-label="Pages"><a href="../docs/">Documentation</a></nav>'],
    ['<p class="note">', '<p class="note">For a stream on this machine, start <code>npx kinesis-edge dev</code>, and connect with any keys. '],
  ]);
  writeFileSync(join(folder, 'index.html'), page);
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ region: 'us-east-1', streamName: 'clicks', endpoint: 'http://127.0.0.1:4567' }));
}

function replaced(text, pairs) {
  return pairs.reduce((before, [found, by]) => {
    const after = before.replace(found, by);
    if (after === before) throw new Stop(`the demo page has no ${found}`);
    return after;
  }, text);
}

/** Of www: the shop, which sends to the Worker, and pictures. */
const ONLY_WITH_WORKER = /www[\\/](?:index\.html|shop|live|picture-\w+\.webp)$/;

/** The generators have a lock file of their own: only who makes the site installs them. */
async function installTools() {
  const wanted = createHash('sha256').update(readFileSync(join(site, 'package-lock.json'))).digest('hex');
  const stamp = join(site, 'node_modules', '.kinesis-edge-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('packages of the site: installing (about 50 s)');
  await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: site });
  writeFileSync(stamp, wanted);
}

function tool(name, ...path) {
  return join(site, 'node_modules', name, ...path);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await command(async () => {
    await makeSite();
    if (process.argv.includes('--serve')) await run('node', [tool('vitepress', 'bin', 'vitepress.js'), 'preview', site, '--host', '127.0.0.1'], { cwd: site });
  });
}
