export type { WasmKernelsInfo } from './module/module.js';
export { registerWasmKernels } from './register.js';
export { replaceWasmKernels } from './tfjs/replaceAll.js';
