// The names of the host that the declarations use, for a project whose `lib` has neither `dom` nor `@types/node`. Where
// there are more of them, as everywhere else, these add nothing.
declare global {
  interface AbortSignal {}
  interface Request {}
  interface RequestInit {}
  interface Response {}
  interface URL {}
  interface WritableStream<W = any> {}
  interface SymbolConstructor {
    readonly asyncDispose: unique symbol;
  }
  namespace WebAssembly {
    interface Module {}
  }
}

/** The host's `fetch`, or any function where the project has no declaration of it. */
export type Fetch = typeof globalThis extends { fetch: infer F } ? F : (input: any, init?: any) => Promise<any>;
