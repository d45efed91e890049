// npm run bench:tracker: what tracking a click costs a page's main thread in Chromium, slowed down four times, and what the inline snippet
// costs until the first paint.
import { build } from './build.mjs';
import { findChrome } from './chrome.mjs';
import { command, run } from './say.mjs';
import { buildKinesis } from './serve.mjs';

await command(async () => {
  await build();
  await buildKinesis();
  const env = { CHROME_PATH: await findChrome() };
  for (const script of ['bench.mjs', 'bench-paint.mjs']) await run('node', [`tests/js/tracker/${script}`], { env });
});
