/**
 * Makes a compiled module pass `instanceof WebAssembly.Module` here. Outside of Vercel, the edge runtime of Next.js
 * runs code in a separate realm, and compiles modules outside of that realm, with another `WebAssembly`.
 */
export function ofThisRealm(module: WebAssembly.Module): WebAssembly.Module {
  return Object.setPrototypeOf(module, WebAssembly.Module.prototype) as WebAssembly.Module;
}
