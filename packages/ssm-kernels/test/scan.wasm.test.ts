import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerWasmKernels } from '../src/backends/wasm/index.js';
import { scanConformance } from './scan.conformance.js';

// the other module: scan.wasm.fused.test.ts
await registerWasmKernels({ fused: false });
scanConformance('wasm');
