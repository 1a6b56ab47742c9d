import * as tf from '@tensorflow/tfjs-core';
import { uniform } from './random.js';

/** A differentiable function and the shapes of its inputs; the values are seeded, uniform in [-1, 1) times `scale` plus `shift`. */
export interface GradientCase {
  readonly title: string;
  readonly shapes: readonly (readonly number[])[];
  readonly op: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly scale?: number;
  readonly shift?: number;
}

/** One of our ops, and the same function in plain tfjs ops. */
export interface OpCase extends GradientCase {
  readonly plain: (...inputs: tf.Tensor[]) => tf.Tensor;
}

export interface Evaluation {
  readonly y: Float32Array;
  readonly gradients: Float32Array[];
}

/** Leaves NaN in freed memory, so that an incompletely written output is detected. */
export function poison(): void {
  tf.tidy(() => {
    for (let i = 0; i < 10; i++) tf.tensor1d(new Float32Array(1 << (10 + i)).fill(NaN));
  });
}

function inputsOf({ shapes, scale = 1, shift = 0 }: GradientCase): Float32Array[] {
  return shapes.map((shape, i) =>
    uniform(i + 1, tf.util.sizeFromShape([...shape])).map((v) => v * scale + shift),
  );
}

/** The gradient of y. */
function incoming(size: number): Float32Array {
  return uniform(99, size);
}

/** The values of the tensors that `f` returns, read asynchronously, as every backend supports. */
export async function read(f: () => tf.Tensor[]): Promise<Float32Array[]> {
  const tensors = tf.tidy(f);
  const numbers = await Promise.all(tensors.map((t) => t.data<'float32'>()));
  tf.dispose(tensors);
  return numbers;
}

/** y, and the gradient of Σ y·dy in every input, on the current backend. */
export async function evaluate(c: GradientCase): Promise<Evaluation> {
  poison();
  const [y, ...gradients] = await read(() => {
    const inputs = inputsOf(c).map((v, i) => tf.tensor(v, [...c.shapes[i]!]));
    const y = c.op(...inputs);
    const dy = tf.tensor(incoming(y.size), y.shape);
    poison();
    return [y, ...tf.grads(c.op)(inputs, dy)];
  });
  return { y: y!, gradients };
}

/**
 * Central differences of Σ y·dy in a few elements of each input, spread over it: pairs of flat index and derivative, one list per
 * input. The sum is taken in float64, so that the step may be small.
 */
export async function finiteDifferences(
  c: GradientCase,
  step: number,
  count = 5,
): Promise<{ at: number; slope: number }[][]> {
  const inputs = inputsOf(c);
  const loss = async (): Promise<number> => {
    const [y] = await read(() => [c.op(...inputs.map((v, i) => tf.tensor(v, [...c.shapes[i]!])))]);
    const dy = incoming(y!.length);
    return y!.reduce((sum, v, i) => sum + v * dy[i]!, 0);
  };
  const slopes: { at: number; slope: number }[][] = [];
  for (const numbers of inputs) {
    const own: { at: number; slope: number }[] = [];
    for (let j = 0; j < Math.min(count, numbers.length); j++) {
      const at = Math.floor((j * numbers.length) / count);
      const middle = numbers[at]!;
      numbers[at] = middle + step;
      const above = [numbers[at]!, await loss()] as const;
      numbers[at] = middle - step;
      const below = [numbers[at]!, await loss()] as const;
      numbers[at] = middle;
      own.push({ at, slope: (above[1] - below[1]) / (above[0] - below[0]) });
    }
    slopes.push(own);
  }
  return slopes;
}
