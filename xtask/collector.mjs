// npm run soak:collector, npm run bench:collector: builds what they need and runs them. Arguments behind `--` are theirs.
import { build } from './build.mjs';
import { command, run } from './say.mjs';
import { buildKinesis } from './serve.mjs';

const PROGRAMS = { soak: 'tests/js/soak/collector.mjs', bench: 'tests/bench/collector/bench.mjs' };

await command(async () => {
  const [, , which, ...args] = process.argv;
  await build();
  await buildKinesis();
  await run('node', [PROGRAMS[which], ...args]);
});
