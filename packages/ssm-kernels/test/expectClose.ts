/**
 * Throws unless the two arrays have one length and max |got − want| <= tol · max |want| (tol alone if every expected
 * value is zero). A NaN or an infinity in either array is a failure at any tolerance.
 *
 * @param name the compared value, for the message
 * @param tol tolerance relative to the largest expected magnitude
 */
export function expectClose(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tol: number,
): void {
  if (got.length !== want.length)
    throw new Error(`${name}: expected ${want.length} numbers, got ${got.length}.`);
  let scale = 0;
  for (let i = 0; i < want.length; i++) {
    if (!Number.isFinite(want[i]!)) throw new Error(`${name}[${i}]: the expected number is ${want[i]}.`);
    if (!Number.isFinite(got[i]!)) throw new Error(`${name}[${i}]: expected ${want[i]}, got ${got[i]}.`);
    scale = Math.max(scale, Math.abs(want[i]!));
  }
  let worst = -1;
  let at = 0;
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i]! - want[i]!);
    if (error > worst) [worst, at] = [error, i];
  }
  const allowed = tol * (scale || 1);
  if (worst > allowed)
    throw new Error(
      `${name}[${at}]: expected ${want[at]}, got ${got[at]}; the error ${worst} exceeds ${allowed} ` +
        `(${tol} of the largest magnitude ${scale}).`,
    );
}
