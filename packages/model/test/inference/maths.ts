// Bits that are the same on every engine: run on Node and in a browser.
import { expect, test } from 'vitest';
import { exp, sine } from '../../src/inference/maths.js';
import { mulberry32 } from '../../src/random/mulberry.js';

/** Arguments with fdlibm's values; V8 15's own `Math.exp` gives the first three another last bit. */
const EXPONENTIALS = [
  [-1.53125, 0.21626516682988728],
  [-3.78125, 0.022794180883612347],
  [-0.32000000000000006, 0.7261490370736909],
  [0, 1],
  [-1e-30, 1],
  [709.6, 1.4974914744969295e308],
  [-708, 3.307553003638408e-308],
  [-709, 0],
  [-Infinity, 0],
  [710, Infinity],
  [NaN, NaN],
] as const;

const SINES = [
  0, 0.09983341664682815, 0.8414709848078965, 0.9974949866040543, 0.9092974268256816, 0.1411200080598671,
];

export function mathsTests(): void {
  test.each(EXPONENTIALS)('exp(%d) is %d, to the bit', (x, want) => {
    expect(exp(x)).toBe(want);
  });

  test('exp is within a unit in the last place of the engine’s own', () => {
    const random = mulberry32(1);
    let worst = 0;
    for (let i = 0; i < 20_000; i++) {
      const x = i % 2 === 0 ? -9 * random() : 1400 * random() - 700;
      worst = Math.max(worst, Math.abs(exp(x) / Math.exp(x) - 1));
    }
    expect(worst).toBeLessThanOrEqual(2 ** -52);
  });

  test('the sine of 0 to π is within two units in the last place of 1 of the engine’s own, and these to the bit', () => {
    let worst = 0;
    for (let i = 0; i <= 1000; i++) {
      const x = (Math.PI * i) / 1000;
      worst = Math.max(worst, Math.abs(sine(x) - Math.sin(x)));
    }
    expect(worst).toBeLessThanOrEqual(2 ** -51);
    expect([0, 0.1, 1, 1.5, 2, 3].map(sine)).toEqual(SINES);
  });
}
