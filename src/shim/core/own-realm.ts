/**
 * A compiled module that passes `instanceof WebAssembly.Module` here. The edge runtime of Next.js on a machine of one's
 * own runs code in a realm of its own, and compiles modules outside of it, with another `WebAssembly`.
 */
export function ofThisRealm(module: WebAssembly.Module): WebAssembly.Module {
  return Object.setPrototypeOf(module, WebAssembly.Module.prototype) as WebAssembly.Module;
}
