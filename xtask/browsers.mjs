// npm run browsers: builds what it needs and runs the long test of the tracker in Chromium and Firefox. Words after `--` pick parts.
import { build } from './build.mjs';
import { findChrome } from './chrome.mjs';
import { findFirefox } from './firefox.mjs';
import { command, run } from './say.mjs';
import { buildKinesis } from './serve.mjs';

await command(async () => {
  await build();
  await buildKinesis();
  const env = { CHROME_PATH: await findChrome(), FIREFOX_PATH: await findFirefox() };
  const picked = process.argv.slice(2).join(' ');
  await run('node', ['tests/js/tracker/long.mjs', ...(picked ? [picked] : [])], { env });
});
