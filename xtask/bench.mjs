// npm run bench: the package beside its peers, in Node, Chromium and workerd; prints the table whatever it says.
//   --only sign,putRecords   some of the parts alone
//   --runtimes node          some of the runtimes alone
//   --no-build               with dist/ as it is
//   --readme                 also brings the tables and pictures of README and docs/ up to date, from what this run has measured
//   --against ../other       only this build beside that of another checkout, in one process of Node
//   --from-json              measures no time: the tables and the pictures of the results that are kept, with the sizes of dist/ as it is
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop, command, say, top } from './say.mjs';

const KEPT = join(top, 'tests', 'bench', 'results.json');

await command(async () => {
  const args = process.argv.slice(2);
  if (args.includes('--against')) {
    const { compareWith } = await import('../tests/bench/against.mjs');
    const lines = await compareWith(listAfter(args, '--against')[0]);
    console.log(`\n${lines.join('\n')}`);
    process.exit(0);
  }
  const run = args.includes('--from-json') ? await keptRun() : await measure(args);
  const { report } = await import('../tests/bench/report.mjs');
  console.log(`\n${report(run)}`);
  if (args.includes('--readme') || args.includes('--from-json')) await publish(run);
});

/** Sizes are the same on each machine, so that they need no whole run. */
async function keptRun() {
  const { weighAll } = await import('../tests/bench/sizes.mjs');
  return { ...JSON.parse(readFileSync(KEPT, 'utf8')), sizes: await weighAll() };
}

async function measure(args) {
  if (!args.includes('--no-build')) {
    const { build } = await import('./build.mjs');
    await build();
    const { buildKinesis } = await import('./serve.mjs');
    await buildKinesis();
  }
  const { findChrome } = await import('./chrome.mjs');
  process.env.CHROME_PATH = await findChrome();
  const { bench } = await import('../tests/bench/run.mjs');
  const run = await bench({ only: listAfter(args, '--only'), runtimes: listAfter(args, '--runtimes') });
  mkdirSync(join(top, 'target', 'bench'), { recursive: true });
  writeFileSync(join(top, 'target', 'bench', 'results.json'), `${JSON.stringify(run, null, 1)}\n`);
  return run;
}

/** The results that are kept, and all that is made from them. */
async function publish(run) {
  if (!run.wire || Object.keys(run.runtimes).length < 3) throw new Stop('README and docs/ are made from a whole run: leave out --only and --runtimes');
  writeFileSync(KEPT, `${JSON.stringify(run, null, 1)}\n`);
  const { drawPictures } = await import('../tests/bench/pictures.mjs');
  const { rewritePerformance } = await import('../tests/bench/readme.mjs');
  const { writeGenerated } = await import('../tests/docs/generate.mjs');
  drawPictures(run);
  rewritePerformance(run);
  await writeGenerated();
  say('README.md, docs/performance.md and tests/bench/pictures are up to date');
}

function listAfter(args, name) {
  const at = args.indexOf(name);
  if (at < 0) return undefined;
  if (!args[at + 1]) throw new Stop(`${name} needs names, with commas between them`);
  return args[at + 1].split(',');
}
