import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import { expect, test } from 'vitest';
import { registerWasmKernels } from '../src/backends/wasm/index.js';
import { allowRelaxedSimd } from '../src/system/index.js';
import { scanConformance } from './scan.conformance.js';

allowRelaxedSimd();
const { fused } = await registerWasmKernels({ fused: true });
scanConformance('wasm');

test('the kernels were compiled with relaxed SIMD', () => {
  expect(fused).toBe(true);
});
