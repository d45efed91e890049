// Node, Deno and Bun: the module is read from beside this file.
import './node.js';

export * from './collector.js';
