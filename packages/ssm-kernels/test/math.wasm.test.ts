import { describe, expect, test } from 'vitest';
import { fusedKernelsWasmBase64, kernelsWasmBase64 } from '../src/backends/wasm/generated/kernels.js';
import { allowRelaxedSimd } from '../src/system/index.js';
import { expectClose } from './expectClose.js';

allowRelaxedSimd();
const functions = ['exp2', 'exp', 'sigmoid', 'softplus', 'softplusSlope', 'exp2Product'] as const;
type Name = (typeof functions)[number];
const CONSTANTS = 15 * 65_536;

/** The functions of a module, of float32 numbers. */
async function probeOf(base64: string): Promise<(f: Name, x: number[]) => Float32Array> {
  const memory = new WebAssembly.Memory({ initial: 16 });
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const run = instance.exports['mathProbe'] as (
    x: number,
    y: number,
    count: number,
    f: number,
    constants: number,
  ) => void;
  return (f, x) => {
    const padded = Math.ceil(x.length / 4) * 4;
    new Float32Array(memory.buffer).set(x);
    run(0, 4 * padded, padded, functions.indexOf(f), CONSTANTS);
    return new Float32Array(memory.buffer, 4 * padded, x.length).slice();
  };
}

/** Float32 numbers from −limit to limit. */
function grid(limit: number): number[] {
  return Array.from({ length: 20_001 }, (_, i) => Math.fround(((i - 10_000) / 10_000) * limit));
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

describe.each([
  ['without relaxed SIMD', kernelsWasmBase64],
  ['with relaxed SIMD', fusedKernelsWasmBase64],
])('%s', async (_, base64) => {
  const probe = await probeOf(base64);

  // for the scan's steps a short argument reduction suffices: its error grows with the argument
  test.each([
    ['exp2', 126, 5e-7, (x: number) => 2 ** x],
    ['exp2Product', 125, 5e-7, (x: number) => 2 ** x],
    ['exp', 87, 5e-7, Math.exp],
    ['sigmoid', 86, 5e-7, sigmoid],
    ['softplus', 8, 1e-6, softplus],
    ['softplus', 86, 6e-6, softplus],
    ['softplusSlope', 8, 1e-6, sigmoid],
    ['softplusSlope', 86, 6e-6, sigmoid],
  ] as const)('%s from −%d on is correct to a relative error of %d', (name, limit, tolerance, definition) => {
    const x = grid(limit);
    const ratios = Array.from(probe(name, x), (y, i) => y / definition(x[i]!));
    expectClose(name, ratios, new Float64Array(x.length).fill(1), tolerance);
  });

  test('2^0 and e^0 are exactly 1', () => {
    expect([...probe('exp2', [0]), ...probe('exp', [0]), ...probe('exp2Product', [0])]).toEqual([1, 1, 1]);
  });

  test('out of range a function returns the value at the end of the range', () => {
    expectClose('exp2', probe('exp2', [200, Infinity]), [2 ** 126, 2 ** 126], 1e-6);
    expect(Math.max(...probe('exp2', [-200, -Infinity, -1e30]))).toBeLessThan(1.2e-38);
    expectClose('sigmoid', probe('sigmoid', [-1e30, 1e30]), [0, 1], 1e-7);
    expectClose('softplus', probe('softplus', [-1e30, 1e4]), [0, 1e4], 1e-7);
  });

  test('NaN stays NaN', () => {
    for (const name of ['exp2', 'exp', 'sigmoid', 'softplus'] as const)
      expect([...probe(name, [NaN])]).toEqual([NaN]);
  });
});
