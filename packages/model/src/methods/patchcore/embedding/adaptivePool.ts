import * as tf from '@tensorflow/tfjs-core';

/** The bins of an adaptive average pooling of n values to m: bin j is the mean of [floor(j·n/m), ceil((j+1)·n/m)). */
export function adaptiveBins(n: number, m: number): { start: number; end: number }[] {
  return Array.from({ length: m }, (_, j) => ({
    start: Math.floor((j * n) / m),
    end: Math.ceil(((j + 1) * n) / m),
  }));
}

/**
 * PyTorch's adaptive_avg_pool1d over the last axis: (rows, n) to (rows, m). Neighbouring bins share a value where n is no
 * multiple of m, and values repeat where m > n.
 */
export function adaptivePool(x: tf.Tensor2D, m: number): tf.Tensor2D {
  const [rows, n] = x.shape;
  if (n === m) return tf.clone(x);
  if (n % m === 0) return tf.tidy(() => tf.mean(tf.reshape(x, [rows, m, n / m]), 2));
  const bins = adaptiveBins(n, m);
  const size = Math.max(...bins.map(({ start, end }) => end - start));
  // a shorter bin reads its first value again, with weight 0
  const at = bins.flatMap(({ start, end }) =>
    Array.from({ length: size }, (_, i) => (start + i < end ? start + i : start)),
  );
  const weights = bins.flatMap(({ start, end }) =>
    Array.from({ length: size }, (_, i) => (start + i < end ? 1 / (end - start) : 0)),
  );
  return tf.tidy(() => {
    const values = tf.reshape(tf.gather(x, tf.tensor1d(at, 'int32'), 1), [rows, m, size]);
    return tf.sum(tf.mul(values, tf.tensor2d(weights, [m, size])), 2);
  });
}
