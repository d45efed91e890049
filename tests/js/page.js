// The suite in a page: the runner waits for `result`.
import QUnit from 'qunit';
import { runSuite } from './suite/index.js';

// In a page QUnit would start by itself, before the runner has said what there is.
QUnit.config.autostart = false;

const violations = [];
addEventListener('securitypolicyviolation', (event) => violations.push(`${event.violatedDirective}: ${event.blockedURI}`));

globalThis.start = async (world, options) => {
  const result = await runSuite(QUnit, { ...world, isBrowser: true }, options);
  return { ...result, violations };
};
