// The declarations, as strict TypeScript reads them with `skipLibCheck: false`, in each way that it finds them and with little around them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../tools.mjs';

const USE = `import { KinesisClient, KinesisError, Producer, ready } from 'kinesis-edge';
import { createCollector } from 'kinesis-edge/collector';
import { start } from 'kinesis-edge/slim';
import { createTracker } from 'kinesis-edge/tracker';
const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
new Producer({ region: 'r', streamName: 's', credentials }).put('x') satisfies Promise<unknown>;
// @ts-expect-error a region is needed, and is a text
new KinesisClient({ region: 1, credentials });
export const used = [KinesisError, ready, createCollector, start, createTracker];
`;
const WAYS = [
  ['bundler', 'esnext', ['use.ts']],
  ['node16', 'node16', ['use.ts', 'use.cts']],
  ['nodenext', 'nodenext', ['use.ts', 'use.cts']],
  ['node10', 'commonjs', ['use.ts']],
];
const LIBS = [['es2020'], ['es2020', 'dom'], ['esnext'], ['esnext', 'dom']];

const checked = (moduleResolution, module, files, lib, types) => async ({ folder }) => {
  for (const name of files) writeFileSync(join(folder, name), USE);
  writeFileSync(join(folder, 'node-use.ts'), "import { nodeFetch } from 'kinesis-edge/node';\nexport const used = nodeFetch;\n");
  const compilerOptions = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: 'es2020', module, moduleResolution, lib, types };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: types.length ? [...files, 'node-use.ts'] : files }));
  await output('node', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], { cwd: folder });
};

const combinations = WAYS.flatMap((way) => LIBS.flatMap((lib) => [[], ['node']].map((types) => ({ way, lib, types }))));

/** The least and the most that a project may have around it go with `npm test`. */
const isQuick = ({ way: [resolution], lib, types }) => (['bundler', 'node16'].includes(resolution) && lib.join() === 'es2020' && !types.length) || (resolution === 'nodenext' && lib.join() === 'esnext,dom' && types.length > 0);

export const TYPES = combinations.map(({ way: [resolution, module, files], lib, types }) => ({
  name: ['types', resolution, ...lib, ...types].join(' '),
  tools: 'typescript',
  tool: 'typescript',
  quick: isQuick({ way: [resolution], lib, types }),
  putsNothing: true,
  run: checked(resolution, module, files, lib, types),
}));
