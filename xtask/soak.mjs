// npm run soak: builds what it needs and runs the long test of the producer.
import { build } from './build.mjs';
import { command, run } from './say.mjs';
import { buildKinesis } from './serve.mjs';

await command(async () => {
  await build();
  await buildKinesis();
  for (const part of ['records', 'order', 'pipe', 'memory', 'large']) await run('node', [`tests/js/soak/${part}.mjs`]);
});
