// A fresh process: node tests/bench/cold/node.mjs ours|sdk prints the milliseconds to the first signed request.
const start = performance.now();
const { first } = await import(`./${process.argv[2]}.js`);
await first();
process.stdout.write(String(performance.now() - start));
process.exit(0);
