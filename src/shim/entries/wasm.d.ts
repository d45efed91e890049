// Bundlers for Workers, and workerd itself, import a `.wasm` file as a compiled module.
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

declare module '*.wasm?module' {
  const module: WebAssembly.Module;
  export default module;
}
