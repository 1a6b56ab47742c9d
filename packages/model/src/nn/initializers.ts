import type { Initializer } from './params.js';

const size = (shape: readonly number[]): number => shape.reduce((n, s) => n * s, 1);
const uniform =
  (bound: number): Initializer =>
  (random, shape) =>
    Float32Array.from({ length: size(shape) }, () => (2 * random.uniform() - 1) * bound);

export const zeros: Initializer = (_, shape) => new Float32Array(size(shape));
export const ones: Initializer = (_, shape) => new Float32Array(size(shape)).fill(1);

/** Linear layers of the decoder: normal of standard deviation 0.02 (the authors truncate it at ±2, a hundred deviations). */
export const linear: Initializer = (random, shape) => random.normals(size(shape), 0.02);

/** Kaiming, fan out, of a convolution (out, in / groups, h, w): normal of deviation √(2 / (h·w·out / groups)). */
export const kaimingFanOut =
  (groups = 1): Initializer =>
  (random, shape) =>
    random.normals(size(shape), Math.sqrt((2 * groups) / (shape[0]! * shape[2]! * shape[3]!)));

/** PyTorch's default bias: uniform within 1/√fan_in. */
export const biasOfFanIn = (fanIn: number): Initializer => uniform(1 / Math.sqrt(fanIn));

/** PyTorch's default of a transposed convolution (in, out, h, w): uniform within 1/√(out·h·w). */
export const transposedDefault: Initializer = (random, shape) =>
  uniform(1 / Math.sqrt(shape[1]! * shape[2]! * shape[3]!))(random, shape);

/** x_proj, (4, R + 2N, d): PyTorch's default of a linear layer, uniform within 1/√d. */
export const xProjection: Initializer = (random, shape) =>
  uniform(1 / Math.sqrt(shape.at(-1)!))(random, shape);

/** dt_projs, (4, d, R): uniform within R^-1/2. */
export const dtProjection: Initializer = (random, shape) => uniform(shape.at(-1)! ** -0.5)(random, shape);

/** dt_projs_bias: the step sizes softplus(bias) are log-uniform in [1e-3, 1e-1]. */
export const dtBias: Initializer = (random, shape) =>
  Float32Array.from({ length: size(shape) }, () => {
    const dt = Math.max(
      Math.exp(Math.log(1e-3) + random.uniform() * (Math.log(1e-1) - Math.log(1e-3))),
      1e-4,
    );
    return dt + Math.log(-Math.expm1(-dt));
  });

/** A_logs, (4d, N): log(1..N) for every channel and direction. */
export const aLogs: Initializer = (_, shape) =>
  Float32Array.from({ length: size(shape) }, (_, i) => Math.log((i % shape[1]!) + 1));
