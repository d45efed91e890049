// Puts functions of a module that are alike beside each other: gzip finds what is repeated the better, the nearer it is.
import binaryen from 'binaryen';

/** The same module, its functions in another order. */
export function ordered(bytes) {
  const module = binaryen.readBinary(bytes);
  const all = Array.from({ length: module.getNumFunctions() }, (_, index) => binaryen.getFunctionInfo(module.getFunctionByIndex(index)));
  const own = all.filter(({ base }) => !base);
  const bodies = bodiesOf(bytes);
  if (bodies.length !== own.length) throw new Error(`${bodies.length} bodies for ${own.length} functions`);
  for (const { name } of own) module.removeFunction(name);
  for (const index of order(bodies.map(gramsOf))) {
    const { name, params, results, vars, body } = own[index];
    module.addFunction(name, params, results, vars, body);
  }
  const made = module.emitBinary();
  module.dispose();
  return made;
}

/** After each function the one that has most in common with the last few. */
function order(grams) {
  const [first, ...others] = grams.keys();
  const placed = [first];
  const left = new Set(others);
  while (left.size > 0) {
    const recent = new Set(placed.slice(-NEAR).flatMap((index) => [...grams[index]]));
    const likeness = (index) => [...grams[index]].filter((gram) => recent.has(gram)).length / (grams[index].size + SMALL);
    const next = [...left].map((index) => [likeness(index), index]).reduce((best, one) => (one[0] > best[0] ? one : best))[1];
    placed.push(next);
    left.delete(next);
  }
  return placed;
}

/** All runs of four bytes. */
function gramsOf(body) {
  return new Set(Array.from({ length: Math.max(body.length - 3, 0) }, (_, at) => body.readUInt32LE(at)));
}

/** The code section's entries: https://webassembly.github.io/spec/core/binary/modules.html#code-section */
function bodiesOf(bytes) {
  let at = 8;
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const id = bytes[at++];
    const end = number() + at;
    if (id === CODE) {
      return Array.from({ length: number() }, () => {
        const size = number();
        at += size;
        return bytes.subarray(at - size, at);
      });
    }
    at = end;
  }
  throw new Error('the module has no code');
}

const CODE = 10;
/** Found by trial, as is the next. */
const NEAR = 6;
/** So that small functions, of which all is in any other, do not go first. */
const SMALL = 20;
