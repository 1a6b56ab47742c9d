export {
  canShareMemory,
  setWasmThreads,
  startWasmThreads,
  wasmThreads,
  type WasmThreadsOptions,
} from './start.js';
