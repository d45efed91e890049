// kinesis-edge/inline, in one file for browsers: carries the module, compressed, within the script and asks for no
// file.
import { moduleBytes } from '../core/whole-bytes.js';
import { wholeModule } from '../core/whole-module.js';

export * from './index.js';

wholeModule.loadFrom(moduleBytes).catch(() => {});
