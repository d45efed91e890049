// WebKitGTK through its WebDriver, on an X server of its own: https://www.w3.org/TR/webdriver2/
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { once } from 'node:events';

const MINI_BROWSERS = ['/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser', '/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser'];

/** WebKitGTK, as the tests use a browser. It has one tab. */
export async function openWebKit() {
  const port = await freePort();
  // In a group of its own: xvfb-run does not pass on what ends it.
  const child = spawn('xvfb-run', ['-a', process.env.WEBKIT_DRIVER_PATH, `--port=${port}`, '--host=127.0.0.1'], { detached: true, stdio: 'ignore' });
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  process.once('exit', kill);
  const call = async (method, path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  const session = await open(call);
  const at = (method, path, body) => call(method, `/session/${session}${path}`, body);
  const goto = (url) => at('POST', '/url', { url });
  return {
    name: 'WebKitGTK',
    visit: async (url) => {
      await goto(url);
      return {
        goto,
        run: (code) => at('POST', '/execute/async', { script: `const done = arguments[0]; (async () => (${code}))().then(done, (error) => done({ error: String(error) }))`, args: [] }),
        reload: () => at('POST', '/refresh', {}),
        back: () => at('POST', '/back', {}),
        click: async (css) => {
          const element = await at('POST', '/element', { using: 'css selector', value: css });
          await at('POST', `/element/${Object.values(element)[0]}/click`, {});
        },
      };
    },
    close: async () => {
      await at('DELETE', '').catch(() => {});
      kill();
    },
  };
}

async function open(call) {
  const { existsSync } = await import('node:fs');
  const binary = MINI_BROWSERS.find((path) => existsSync(path));
  const options = { 'webkitgtk:browserOptions': { ...(binary && { binary }), args: ['--automation'] } };
  for (let tries = 0; ; tries += 1) {
    try {
      const { sessionId } = await call('POST', '/session', { capabilities: { alwaysMatch: options } });
      return sessionId;
    } catch (error) {
      // The driver is not there yet.
      if (tries === 100 || !(error.cause ?? error).message.includes('ECONNREFUSED')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
