/**
 * Two AWS servers, by other people, that verify signatures: MiniStack and moto.
 *
 *     const { ministack, moto, stop } = await startVerifiers();
 *
 * Both listen on loopback only and end with this process, however it ends. What
 * they leave to other tests: whether the headers that matter are signed at all,
 * CBOR, and calls from a page of another origin. moto does not look at the date.
 * `node tests/verifiers/probe.mjs` shows what each refuses, and how.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { prepareAccount } from "./account.mjs";
import { pythonWithPackages } from "./python.mjs";

const SERVE = fileURLToPath(new URL("serve.py", import.meta.url));
const RUNS = fileURLToPath(new URL("../../target/verifiers/", import.meta.url));
const START_TIMEOUT_MS = 60_000;

/**
 * @typedef {object} Verifier
 * @property {string} endpoint
 * @property {string} region
 * @property {string} streamName a stream with two shards
 * @property {string} streamARN
 * @property {{accessKeyId: string, secretAccessKey: string}} credentials of a user
 * @property {{accessKeyId: string, secretAccessKey: string, sessionToken: string}} temporary credentials of a role
 */

/**
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<{ ministack: Verifier, moto: Verifier, stop: () => Promise<void> }>}
 */
export async function startVerifiers({ log = console.error } = {}) {
  const python = await pythonWithPackages(log);
  await mkdir(RUNS, { recursive: true });
  const directory = await mkdtemp(RUNS);
  const servers = [];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const start = async (name, options) => {
      const server = await startServer(python, directory, name, options(await freePort()));
      servers.push(server);
      return server.ready();
    };
    const [ministack, moto] = await Promise.all([start("ministack", ministackOptions), start("moto", motoOptions)]);
    const verifiers = { ministack: await prepareAccount(ministack), moto: await prepareAccount(moto) };
    await requireSignatures(moto);
    return { ...verifiers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function ministackOptions(port) {
  return {
    port,
    health: "/_ministack/ready",
    parameters: ["ministack"],
    env: {
      AUTH: "true",
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: "0", // would listen on all interfaces
      DOCKER_HOST: "unix:///nonexistent", // would remove containers left by an earlier run
    },
  };
}

function motoOptions(port) {
  return {
    port,
    health: "/moto-api/data.json",
    parameters: ["moto.server", "--host", "127.0.0.1", "--port", String(port)],
    env: {},
  };
}

/** Until it is set to check, moto accepts every signature: otherwise its first user could not be made. */
async function requireSignatures(endpoint) {
  const headers = { "content-type": "text/plain" };
  const response = await fetch(`${endpoint}/moto-api/reset-auth`, { method: "POST", headers, body: "0" });
  if (!response.ok) throw new Error(`moto did not switch its authorization on: ${response.status}`);
}

async function startServer(python, directory, name, { port, health, parameters, env }) {
  const logPath = join(directory, `${name}.log`);
  const output = await open(logPath, "w");
  const server = spawn(python, [SERVE, ...parameters], {
    cwd: directory,
    // Nothing of the developer's own: an AWS_ACCESS_KEY_ID would become the root's.
    env: { PATH: process.env.PATH, HOME: directory, TMPDIR: directory, ...env },
    stdio: ["pipe", output.fd, output.fd],
  });
  await output.close();
  // A test run that forgets to stop can still end.
  server.unref();
  server.stdin.unref();
  server.stdin.on("error", () => {});

  const ended = () => server.exitCode !== null || server.signalCode !== null;
  return {
    async ready() {
      const endpoint = `http://127.0.0.1:${port}`;
      const deadline = Date.now() + START_TIMEOUT_MS;
      while (!ended() && Date.now() < deadline) {
        if (await answers(endpoint + health)) return endpoint;
        await sleep(50);
      }
      throw new Error(`${name} did not start:\n${await readFile(logPath, "utf8")}`);
    },
    async stop() {
      if (ended()) return;
      server.ref();
      server.stdin.end(); // serve.py waits for this
      await once(server, "exit");
    },
  };
}

async function answers(url) {
  return fetch(url).then((response) => response.ok, () => false);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
