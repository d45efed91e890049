// npm run example NAME: builds the package, installs an example with it, and runs the example's one command until it ends.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { Stop, command, run, say, top } from './say.mjs';

await command(async () => {
  const names = readdirSync(join(top, 'examples')).filter((name) => !name.includes('.'));
  const [name, ...args] = process.argv.slice(2);
  if (!names.includes(name)) throw new Stop(`Which example? npm run example NAME, with one of: ${names.join(', ')}`);
  await build();
  await run('cargo', ['build', '--locked', '--release', '-p', 'kinesis-server', '--quiet']);
  // Imported when the packages that they need are installed.
  const { packAndUnpack } = await import('../tests/package/setup.mjs');
  const { installedFolder } = await import('../tests/examples/folder.mjs');
  say(`examples/${name}: installing`);
  const { folder, env, remove } = await installedFolder(name, await packAndUnpack());
  let isInterrupted = false;
  // The program gets Ctrl-C by itself, and ends.
  process.on('SIGINT', () => (isInterrupted = true));
  try {
    const program = join(top, 'target', 'release', 'kinesis-server');
    await run('npm', ['start', '--', ...args], { cwd: folder, env: { ...env, KINESIS_EDGE_SERVER: program } });
  } catch (error) {
    if (!isInterrupted) throw error;
  } finally {
    remove();
  }
});
