export { registerWasmKernels } from './register.js';
export { replaceWasmKernels } from './tfjs/replaceAll.js';
