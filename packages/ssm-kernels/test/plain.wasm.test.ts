import '@tensorflow/tfjs-backend-wasm';
import { expect, test } from 'vitest';
import { registerWasmKernels } from '../src/backends/wasm/index.js';
import { allowRelaxedSimd } from '../src/system/index.js';

test('fused multiply-adds are not used unless asked for, also where the engine has them: values depend on no engine', async () => {
  allowRelaxedSimd();
  expect(await registerWasmKernels()).toEqual({ fused: false });
});
