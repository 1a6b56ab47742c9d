import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, test } from 'vitest';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { limitBindingBytes } from '../src/backends/webgpu/device/dispatch.js';
import { expectClose } from './expectClose.js';
import { evaluate, type OpCase } from './gradientCase.js';
import { trainingConformance } from './training.conformance.js';
import { opCases } from './trainingCases.js';
import { onWebGpu } from './webgpuKit.js';

/** The minimum bytes that the op binds at once: 64 elements, 64 rows, or a picture. */
function leastBytes({ title, shapes: [shape, weight] }: OpCase): number {
  const picture = shape!.length === 4 ? tf.util.sizeFromShape(shape!.slice(1)) : 0;
  // the gradient of a linear layer's bias is the sum of its outputs
  const widest = Math.max(shape!.at(-1)!, title.startsWith('linear') ? weight![0]! : 0);
  // the kernel of one weight sees its values as one picture
  const all = title.endsWith('one weight') ? tf.util.sizeFromShape([...shape!]) : 0;
  // a binding may start up to 256 bytes early
  return 4 * Math.max(64 * widest, picture, all) + 256;
}

registerCpuKernels();
await onWebGpu(() => {
  const isFull = process.env['FUZZ'] === 'full';
  // each op is compared below too, in parts
  trainingConformance('webgpu', { fewProducts: !isFull, oneOf: isFull ? 1 : 4 });

  describe('on a GPU with small bindings, the value and the gradients of', () => {
    afterEach(() => limitBindingBytes(Infinity));

    // the minimum of a scan depends on its plan; scan.webgpu.test.ts splits it
    for (const c of opCases.filter(({ title }) => !title.startsWith('projectedScan')))
      test(`${c.title} equal the reference`, async () => {
        await tf.setBackend('cpu');
        const want = await evaluate(c);
        await tf.setBackend('webgpu');
        limitBindingBytes(leastBytes(c));
        const got = await evaluate(c);
        expectClose('y', got.y, want.y, 1e-5);
        got.gradients.forEach((g, i) => expectClose(`gradient of input ${i}`, g, want.gradients[i]!, 1e-5));
      });
  });
});
