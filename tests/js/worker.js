// The suite in a Worker: one request runs it.
import QUnit from 'qunit';
import { runSuite } from './suite/index.js';

export default {
  async fetch(request) {
    const { world, options } = await request.json();
    return Response.json(await runSuite(QUnit, world, options));
  },
};
