import QUnit from 'qunit';
import { runSuite } from './suite/index.js';

export default function runInNode(world, options) {
  return runSuite(QUnit, { ...world, runtime: 'node' }, options);
}
