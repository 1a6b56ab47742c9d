// Several threads on shared memory: the values of one thread, bit for bit, also of work that is too small to share out outside tests.
import { Worker as Thread } from 'node:worker_threads';
import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { registerWasmKernels, replaceWasmKernels } from '../src/backends/wasm/index.js';
import { callAll, shareAmong, threadsOf, type WasmBackend } from '../src/backends/wasm/module/module.js';
import { setWasmThreads, startWasmThreads, wasmThreads } from '../src/backends/wasm/threads/index.js';
import { pyramidScan, selectiveScanWithState } from '../src/index.js';
import { readTfjsWasm } from '../src/system/index.js';
import type { ScanGeometry } from '../src/scan/orders.js';
import { evaluate, type Evaluation, type GradientCase } from './gradientCase.js';
import { scanConformance } from './scan.conformance.js';
import { convolutionCases, matMulCases, opCases } from './trainingCases.js';

const THREADS = 3;

await registerWasmKernels();
await replaceWasmKernels();
await startWasmThreads({ threads: THREADS, binary: readTfjsWasm(), eager: true });
const engine = tf.backend() as unknown as WasmBackend;
beforeEach(() => shareAmong(engine, THREADS, { eager: true }));
afterAll(() => setWasmThreads(1));

scanConformance('wasm');

const scan = (channels: number, geometry: Partial<ScanGeometry>): GradientCase => {
  const k = geometry.directions ?? 4;
  return {
    title: `pyramidScan of ${channels} channels, ${geometry.scanOrder ?? 'sweep'}`,
    shapes: [
      [2, 6, 5, channels],
      [2, 6, 5, k, channels],
      [k, channels, 6],
      [2, 6, 5, k, 6],
      [2, 6, 5, k, 6],
      [k, channels],
      [k, channels],
    ],
    scale: 0.4,
    shift: -0.5,
    op: (u, delta, A, B, C, D, deltaBias) =>
      pyramidScan(
        u as tf.Tensor4D,
        delta as tf.Tensor5D,
        A as tf.Tensor3D,
        B as tf.Tensor5D,
        C as tf.Tensor5D,
        D as tf.Tensor2D,
        deltaBias as tf.Tensor2D,
        geometry,
      ),
  };
};

/** Channels in blocks of 16 for three threads, the last block not full. */
const scans: GradientCase[] = [
  scan(60, {}),
  scan(83, { scanOrder: 'hilbert', directions: 8 }),
  {
    title: 'selectiveScan of two groups of 40 channels, and its last state',
    shapes: [
      [2, 80, 11],
      [2, 80, 11],
      [80, 3],
      [2, 2, 3, 11],
      [2, 2, 3, 11],
    ],
    scale: 0.4,
    shift: -0.5,
    op: (...inputs) => {
      const { y, lastState } = selectiveScanWithState(
        ...(inputs as Parameters<typeof selectiveScanWithState>),
      );
      return tf.concat([tf.reshape(y, [-1]), tf.reshape(lastState, [-1])]);
    },
  },
];

describe('three threads compute the bits of one', () => {
  test.each([
    ['scans', scans],
    ['our ops', opCases],
    ['convolutions', convolutionCases],
    ['matrix products', matMulCases],
  ] as const)('%s', async (_, cases) => {
    const all = async (): Promise<Evaluation[]> => {
      const results: Evaluation[] = [];
      for (const c of cases) results.push(await evaluate(c));
      return results;
    };
    expect(wasmThreads()).toBe(THREADS);
    const several = await all();
    expect(await setWasmThreads(1)).toBe(1);
    const one = await all();
    for (const [i, { title }] of cases.entries()) expect(several[i], title).toEqual(one[i]);
  });

  test('when the memory has grown since they started', async () => {
    const before = engine.wasm.asm.memory.buffer.byteLength;
    const large = tf.zeros([before / 4]);
    expect(engine.wasm.asm.memory.buffer.byteLength).toBeGreaterThan(before);
    const product = (): Promise<Evaluation> =>
      evaluate({
        title: 'behind the large tensor',
        shapes: [
          [40, 9],
          [9, 40],
        ],
        op: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
      });
    const several = await product();
    await setWasmThreads(1);
    expect(several).toEqual(await product());
    large.dispose();
  });
});

test('on shared memory one thread computes, too', async () => {
  await shareAmong(engine, 1);
  const { y } = await evaluate(matMulCases[0]!);
  expect(y.every(Number.isFinite)).toBe(true);
});

test('the number of threads can be changed, and a second start does so too', async () => {
  expect(await setWasmThreads(2)).toBe(2);
  expect(threadsOf(engine)).toBe(2);
  await startWasmThreads({ threads: 4, binary: readTfjsWasm() });
  expect(wasmThreads()).toBe(4);
});

describe('a list of tasks', () => {
  const ones = (count: number): { offset: number; tensor: tf.Tensor } => {
    const tensor = tf.ones([count]);
    return { tensor, offset: engine.dataIdMap.get(tensor.dataId).memoryOffset };
  };

  test('larger than what the threads share is run all the same', async () => {
    const count = 5000;
    const { tensor, offset } = ones(count);
    callAll(
      engine,
      Array.from({ length: count }, (_, i) => [['zero', { target: offset + 4 * i, count: 1 }]]),
    );
    expect((await tensor.data()).every((value) => value === 0)).toBe(true);
    tensor.dispose();
  });

  test('of which one traps throws after all others, and the next list is computed', async () => {
    const { tensor, offset } = ones(8);
    const outside = 2 ** 32 - 4;
    for (let round = 0; round < 20; round++) {
      expect(() =>
        callAll(engine, [
          [['zero', { target: offset, count: 4 }]],
          [['zero', { target: outside, count: 4 }]],
          [['zero', { target: offset + 16, count: 4 }]],
        ]),
      ).toThrow(/memory access out of bounds/);
      expect([...(await tensor.data())]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
      callAll(engine, [
        [['zero', { target: offset, count: 1 }]],
        [['zero', { target: offset + 4, count: 1 }]],
      ]);
    }
    tensor.dispose();
  });

  test('of which a lost helper holds one ends in a sentence, and nothing is computed after it', async () => {
    await shareAmong(engine, 2, { make: vanishing, patience: 300 });
    const { tensor, offset } = ones(8);
    const tasks = [0, 16].map((at) => [['zero', { target: offset + at, count: 4 }]] as const);
    const run = () => callAll(engine, tasks);
    // this thread may take both tasks before the other one is awake
    await vi.waitFor(() => expect(run).toThrow(/a helping thread took work and did not end it/), 20_000);
    expect(run).toThrow(/start the program again, or with one thread/);
    // a new team works
    await setWasmThreads(3);
    run();
    expect([...(await tensor.data())]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    tensor.dispose();
  });
});

/** A helper that takes one task and is gone, as a thread that the system ended. */
function vanishing(): Worker {
  const thread = new Thread(
    `require('node:worker_threads').parentPort.once('message', ({ board: { counters }, rules: { counter } }) => {
       require('node:worker_threads').parentPort.postMessage('ready');
       for (;;) {
         const open = Atomics.load(counters, counter.open);
         if (open > 0 && Atomics.compareExchange(counters, counter.open, open, open - 1) === open) process.exit();
       }
     })`,
    { eval: true },
  );
  thread.unref();
  return {
    addEventListener: (kind: string, listener: (event: { data: unknown }) => void) =>
      thread.on(kind, (data: unknown) => listener({ data })),
    postMessage: (message: unknown) => thread.postMessage(message, []),
    terminate: () => void thread.terminate(),
  } as unknown as Worker;
}
