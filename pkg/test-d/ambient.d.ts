// What the runtimes provide and no type package is installed for.
declare module "node:fs/promises" {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>;
}
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
