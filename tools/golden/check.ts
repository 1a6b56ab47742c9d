import type { GoldenCase } from './directory.ts';

/** Tolerance of gradients that are zero in exact arithmetic. */
const ZERO_TOLERANCE = 1e-4;
/** Minimum magnitude for relative errors, for tensors of zeros. */
const LEAST_SCALE = 1e-6;

/** Collects the comparisons of one case and stores the worst. */
export class Check {
  worst = { name: 'nothing compared', error: NaN, tolerance: 0 };
  readonly failures: string[] = [];
  comparisons = 0;

  constructor(private readonly golden: GoldenCase) {}

  /** Compares with a tensor of the case, by max |x − ref| / max |ref|. */
  tensor(name: string, got: ArrayLike<number>, tolerance = this.golden.tolerance): void {
    const want = this.golden.tensors.get(name)?.data as ArrayLike<number> | undefined;
    if (!want) {
      this.record(name, Infinity, tolerance, 'the case has no such tensor');
      return;
    }
    this.numbers(name, got, want, tolerance);
  }

  numbers(
    name: string,
    got: ArrayLike<number>,
    want: ArrayLike<number>,
    tolerance = this.golden.tolerance,
  ): void {
    if (got.length !== want.length) {
      this.record(name, Infinity, tolerance, `${got.length} values instead of ${want.length}`);
      return;
    }
    const zero = this.golden.zeroGradients.has(name);
    let scale = LEAST_SCALE;
    let worst = 0;
    for (let i = 0; i < want.length; i++) {
      scale = Math.max(scale, Math.abs(want[i]!));
      const error = Math.abs(got[i]! - want[i]!);
      // NaN compares false with everything and must not pass
      worst = Number.isFinite(error) ? Math.max(worst, error) : Infinity;
      if (worst === Infinity) break;
    }
    if (zero) this.record(name, worst, ZERO_TOLERANCE);
    else this.record(name, worst / scale, tolerance);
  }

  /** Compares two numbers absolutely. */
  value(name: string, got: number, want: number, tolerance: number): void {
    const error = Math.abs(got - want);
    this.record(name, Number.isFinite(error) ? error : Infinity, tolerance);
  }

  fail(name: string, why: string): void {
    this.record(name, Infinity, 0, why);
  }

  private record(
    name: string,
    error: number,
    tolerance: number,
    why = `error ${error.toExponential(1)}`,
  ): void {
    this.comparisons++;
    if (!(error <= tolerance)) this.failures.push(`${name}: ${why}`);
    // the worst error is the largest relative to its tolerance
    const ratio = (e: number, t: number): number => (e === 0 ? 0 : e / t);
    if (this.comparisons === 1 || ratio(error, tolerance) > ratio(this.worst.error, this.worst.tolerance))
      this.worst = { name, error, tolerance };
  }
}
