// kinesis-edge/inline, in one file for browsers: carries the module, compressed, within the script and asks for no
// file.
import { useEnvironment } from '../core/environment.js';
import { moduleBytes } from '../core/whole-bytes.js';
import { wholeModule } from '../core/whole-module.js';
import { processEnvironment } from '../credentials/env.js';

export * from './index.js';

// Where the host has environment variables.
useEnvironment(processEnvironment);

wholeModule.loadFrom(moduleBytes).catch(() => {});
