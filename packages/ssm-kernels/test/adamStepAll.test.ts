import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { registerWasmKernels } from '../src/backends/wasm/index.js';
import { adamStepAllConformance } from './adamStepAll.conformance.js';

registerCpuKernels();
await registerWasmKernels();
adamStepAllConformance('cpu');
adamStepAllConformance('wasm');
