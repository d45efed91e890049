// npm run soak:send: builds what it needs, and sends a million lines by the command, which is killed three times.
import { build } from './build.mjs';
import { command, run } from './say.mjs';
import { buildKinesis } from './serve.mjs';

await command(async () => {
  await build();
  await buildKinesis();
  await run('node', ['tests/js/soak/send.mjs']);
});
