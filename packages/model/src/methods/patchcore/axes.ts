import * as tf from '@tensorflow/tfjs-core';

/** Rounds of the subspace iteration: the axes need not be exact, see `principalAxes`. */
const ROUNDS = 2;

/**
 * The `count` directions in which centred rows vary most, about, by subspace iteration. Whatever they are, they are
 * orthonormal (a direction that the rows do not have is zero): distances along them are never longer than those of the rows.
 *
 * @param centred the rows, (m, d), the caller's
 * @returns row-major (d, count)
 */
export async function principalAxes(centred: tf.Tensor2D, count: number): Promise<Float32Array> {
  const [rows, dims] = centred.shape;
  // rows themselves are near those directions
  const evenly = Array.from({ length: count }, (_, a) => Math.floor((a * rows) / count));
  const first = tf.tidy(() => tf.gather(centred, evenly));
  let axes = orthonormal(await first.data<'float32'>(), dims);
  first.dispose();
  for (let round = 0; round < ROUNDS; round++) {
    const next = tf.tidy(() => {
      const along = tf.matMul(centred, tf.tensor2d(axes, [count, dims]), false, true);
      return tf.matMul(along, centred, true, false);
    });
    axes = orthonormal(await next.data<'float32'>(), dims);
    next.dispose();
  }
  return Float32Array.from(axes, (_, i) => axes[(i % count) * dims + Math.floor(i / count)]!);
}

/** A direction that has lost all but this share of its length is that of the others. */
const LOST = 1e-5;

/** Gram and Schmidt's, twice, which leaves no error above rounding. @param vectors one after the other */
function orthonormal(vectors: Float32Array, dims: number): Float32Array {
  const all = Float64Array.from(vectors);
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let d = 0; d < dims; d++) sum += all[a + d]! * all[b + d]!;
    return sum;
  };
  for (let v = 0; v < all.length; v += dims) {
    const before = Math.sqrt(dot(v, v));
    for (let pass = 0; pass < 2; pass++)
      for (let other = 0; other < v; other += dims) {
        const along = dot(v, other);
        for (let d = 0; d < dims; d++) all[v + d]! -= along * all[other + d]!;
      }
    const length = Math.sqrt(dot(v, v));
    const scale = length > LOST * before ? 1 / length : 0;
    for (let d = 0; d < dims; d++) all[v + d]! *= scale;
  }
  return Float32Array.from(all);
}
