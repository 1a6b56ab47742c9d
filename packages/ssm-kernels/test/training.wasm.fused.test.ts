import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import { expect, test } from 'vitest';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { registerWasmKernels, replaceWasmKernels } from '../src/backends/wasm/index.js';
import { allowRelaxedSimd } from '../src/system/index.js';
import { trainingConformance } from './training.conformance.js';

registerCpuKernels();
allowRelaxedSimd();
const { fused } = await registerWasmKernels({ fused: true });
await replaceWasmKernels();
trainingConformance('wasm');

test('the kernels were compiled with relaxed SIMD', () => {
  expect(fused).toBe(true);
});
