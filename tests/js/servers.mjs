// The servers that the suite runs against, all on loopback: the two verifiers, the project's files, and the embedded Kinesis.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { top } from '../../xtask/say.mjs';
import { startVerifiers } from '../verifiers/start.mjs';
import { serveFiles } from './files.mjs';
import { serveWithCors } from './proxy.mjs';

/** Starts all but the embedded Kinesis; `world` is what the suite is given of them, `stop` ends them. */
export async function startServers({ log }) {
  const started = await Promise.all([startVerifiers({ log }), serveFiles()]);
  const [verifiers, files] = started;
  const fronts = await Promise.all([serveWithCors(verifiers.ministack.endpoint), serveWithCors(verifiers.moto.endpoint)]);
  const world = {
    files: files.endpoint,
    ministack: { ...verifiers.ministack, endpoint: fronts[0].endpoint },
    moto: { ...verifiers.moto, endpoint: fronts[1].endpoint },
  };
  const stop = () => Promise.all([...started, ...fronts].map((server) => server.stop()));
  return { world, stop };
}

/** The embedded Kinesis. It ends when this process does, however that ends. */
export async function startKinesis(args = []) {
  const program = join(top, 'target', 'release', 'kinesis-server');
  const child = spawn(program, ['--exit-with-stdin', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'error').then(([error]) => Promise.reject(error)),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the embedded Kinesis ended with exit code ${code}`))),
  ]);
  const { endpoint } = JSON.parse(line);
  const stop = async () => {
    if (child.exitCode !== null) return;
    child.stdin.end();
    await once(child, 'exit');
  };
  return { endpoint, stop };
}
