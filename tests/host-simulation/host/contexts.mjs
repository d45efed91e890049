// The contexts of `node:vm` that realms are made in. One that is free is used again: in it V8 knows the functions of the shim already, which
// are made anew for each realm.
import vm from 'node:vm';

const CLEAR = new vm.Script('for (const name of Object.keys(globalThis)) delete globalThis[name]');

export class Contexts {
  #prelude;
  #shim;
  #free = [];

  /** @param prelude the text of `realm/globals.js`; @param shim that of the shim, which ends with what it returns */
  constructor({ prelude, shim }) {
    this.#prelude = new vm.Script(functionOf(`const install =\n${prelude}\nreturn install;`, [...LANGUAGE, 'Date']), { filename: 'globals.js' });
    this.#shim = new vm.Script(functionOf(shim, ENDURING), { filename: 'kinesis-edge.js' });
  }

  /** @returns a context that has no globals but those of the language, and what makes the others and a shim in it */
  take() {
    return this.#free.pop() ?? this.#make();
  }

  /** Nothing that was made in it runs any more. */
  giveBack(taken) {
    // What an error has left in its queue of microtasks is run with it.
    CLEAR.runInContext(taken.context);
    this.#free.push(taken);
  }

  #make() {
    // Its own queue of microtasks is emptied at the end of each turn, and no other turn is run before.
    const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
    return { context, installGlobals: this.#prelude.runInContext(context)(), makeShim: this.#shim.runInContext(context) };
  }
}

/**
 * A function in which the globals of these names are local. A global of a context is looked up by a function of Node each time, which takes
 * 2 µs.
 */
function functionOf(text, names) {
  return `() => ((${names}) => {${text}\n})(${names.map((name) => `globalThis.${name}`)})`;
}

/** What the language has, and nobody replaces. */
const LANGUAGE = vm.runInNewContext('Object.getOwnPropertyNames(globalThis)').filter((name) => /^[A-Z]/.test(name) && !['Infinity', 'NaN', 'Date'].includes(name));
/** What nobody replaces once the script of the shim has been run: a part may change all others, like `navigator`. */
const ENDURING = [...LANGUAGE, 'Date', 'TextDecoder', 'TextEncoder', 'URL', 'AbortController', 'AbortSignal', 'performance', 'crypto', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'queueMicrotask'];
