// npm run test:examples: installs each example with the packed package in a temporary folder, and runs its one command. -- --quick takes those
// of npm test, -- --only PART those with this in their name.
import { build } from './build.mjs';
import { command, run } from './say.mjs';

await command(async () => {
  await build();
  await run('cargo', ['build', '--locked', '--release', '-p', 'kinesis-server', '--quiet']);
  await run('node', ['tests/examples/run.mjs', ...process.argv.slice(2)]);
});
