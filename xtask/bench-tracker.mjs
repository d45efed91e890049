// npm run bench:tracker: what tracking a click costs a page's main thread in Chromium, slowed down four times.
import { build } from './build.mjs';
import { findChrome } from './chrome.mjs';
import { command, run } from './say.mjs';
import { buildKinesis } from './serve.mjs';

await command(async () => {
  await build();
  await buildKinesis();
  await run('node', ['tests/js/tracker/bench.mjs'], { env: { CHROME_PATH: await findChrome() } });
});
