// Functions of which JavaScript's own differ in the last bit between engines and their versions (Math.exp of V8 11.3 and 15.6 for a tenth of all arguments), made of
// operations whose every bit the language defines: the page and each version of Node give a picture the same score.

const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
/** Of x²/3! and so on, fdlibm's. */
const EXP = [
  1.66666666666666019037e-1, -2.77777777770155933842e-3, 6.61375632143793436117e-5, -1.6533902205465251539e-6,
  4.13813679705723846039e-8,
] as const; // prettier-ignore
/** Beyond them the result is 0 or infinite; below its normal numbers it is 0, too. */
const [LEAST, MOST] = [-708, 709.7];

const bits = new DataView(new ArrayBuffer(8));

/** 2 to an integer power of −1022 to 1023. */
function powerOfTwo(k: number): number {
  bits.setInt32(0, (k + 1023) << 20);
  return bits.getFloat64(0);
}

/** e to the power of x, within one unit in the last place: fdlibm's e_exp (https://www.netlib.org/fdlibm), which was V8's until version 12. Below −708 it is 0. */
export function exp(x: number): number {
  if (!(x <= MOST)) return x > MOST ? Infinity : NaN;
  if (x < LEAST) return 0;
  // x = k·ln 2 + r, |r| ≤ ln 2 / 2
  const k = Math.abs(x) <= 0.5 * Math.LN2 ? 0 : Math.trunc(x * Math.LOG2E + (x < 0 ? -0.5 : 0.5));
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const t = r * r;
  const [a, b, c, d, e] = EXP;
  const near = r - t * (a + t * (b + t * (c + t * (d + t * e))));
  if (k === 0) return 1 - ((r * near) / (near - 2) - r);
  // 2¹⁰²⁴ is no number
  return 2 * (1 - (low - (r * near) / (2 - near) - high)) * powerOfTwo(k - 1);
}

/** The sine of x, 0 to π, within two units in the last place of 1: its series, which from x²³ on adds nothing. */
export function sine(x: number): number {
  const q = x > Math.PI / 2 ? Math.PI - x : x;
  let factor = 1;
  for (let n = 21; n > 1; n -= 2) factor = 1 - (factor * q * q) / (n * (n - 1));
  return q * factor;
}
