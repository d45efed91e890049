// npm run test:package: the package in every bundler, framework, host and test runner that can be had here (about fifteen minutes, and the first time some
// more for their installation). -- --quick takes those of npm test, -- --only PART those with this in their name.
import { build } from './build.mjs';
import { command, run } from './say.mjs';

await command(async () => {
  await build();
  await run('cargo', ['build', '--locked', '--release', '-p', 'kinesis-server', '--quiet']);
  await run('node', ['tests/package/run.mjs', ...process.argv.slice(2)]);
});
