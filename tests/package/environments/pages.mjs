// Pages without a bundler.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveFolder } from '../files.mjs';

const DIST = './node_modules/kinesis-edge/dist';

const page = (html, scripts = {}) => async ({ folder, openPage, text }) => {
  for (const [name, script] of Object.entries({ 'index.html': `<!doctype html><title>loading</title>${html}`, ...scripts })) writeFileSync(join(folder, name), script);
  const files = await serveFolder(folder);
  try {
    await openPage(files.endpoint, text);
  } finally {
    await files.stop();
  }
};

const importMap = (path) => `<script type="importmap">{ "imports": { "kinesis-edge": "${DIST}/${path}" } }</script><script type="module" src="./page.js"></script>`;
const CLASSIC = `<script src="${DIST}/kinesis-edge.iife.js"></script><script src="./classic.js"></script>`;
const IN_SERVICE_WORKER = `await navigator.serviceWorker.register('./service.js', { type: 'module' });
const { active } = await navigator.serviceWorker.ready;
navigator.serviceWorker.onmessage = ({ data }) => (document.title = data);
active.postMessage(Object.fromEntries(new URLSearchParams(location.search)));`;
const answered = (put) => `self.addEventListener('message', (event) => event.waitUntil(${put}(event.data).then(() => event.source.postMessage('put'), (error) => event.source.postMessage('failed: ' + error.stack))));`;

export const PAGES = [
  { name: 'import map, dist/browser.js', tools: 'none', run: page(importMap('browser.js')) },
  { name: 'import map, dist/browser/entries/index.js', tools: 'none', run: page(importMap('browser/entries/index.js')) },
  { name: 'import map, dist/kinesis-edge.esm.js', tools: 'none', run: page(importMap('kinesis-edge.esm.js')) },
  { name: 'classic script', tools: 'none', run: page(CLASSIC, { 'classic.js': classic() }) },
  { name: 'service worker, module', tools: 'none', run: page('<script type="module" src="./page.js"></script>', { 'page.js': IN_SERVICE_WORKER, 'service.js': serviceModule() }) },
  { name: 'service worker, classic script', tools: 'none', run: page('<script type="module" src="./page.js"></script>', { 'page.js': IN_SERVICE_WORKER.replace(", { type: 'module' }", ''), 'service.js': serviceClassic() }) },
];

function classic() {
  return `${putBy('KinesisEdge')}
put(Object.fromEntries(new URLSearchParams(location.search))).then(() => (document.title = 'put'), (error) => (document.title = 'failed: ' + error.stack));`;
}

function serviceModule() {
  return `import * as edge from '${DIST}/kinesis-edge.esm.js';\n${putBy('edge')}\n${answered('put')}`;
}

function serviceClassic() {
  return `importScripts('${DIST}/kinesis-edge.iife.js');\n${putBy('KinesisEdge')}\n${answered('put')}`;
}

function putBy(edge) {
  return `async function put({ endpoint, text }) {
  const connection = { region: 'us-east-1', endpoint, credentials: { accessKeyId: 'TEST', secretAccessKey: 's' } };
  await new ${edge}.KinesisClient(connection).putRecord({ StreamName: 'package', Data: text + ': client', PartitionKey: 'k' });
  const producer = new ${edge}.Producer({ ...connection, streamName: 'package' });
  await producer.put(text + ': producer');
  await producer.close();
}`;
}
