import type { Tensor } from '@tensorflow/tfjs-core';

/** Throws `op: name must be (letters) = (wanted), got (got)` unless the tensor has the expected shape and is float32. */
export function checkShape(
  op: string,
  name: string,
  tensor: Tensor,
  letters: string,
  wanted: number[],
): void {
  const { shape, dtype } = tensor;
  if (shape.length !== wanted.length || shape.some((s, i) => s !== wanted[i]))
    throw new Error(
      `${op}: ${name} must be (${letters}) = (${wanted.join(', ')}), got (${shape.join(', ')}).`,
    );
  if (dtype !== 'float32') throw new Error(`${op}: ${name} must be float32, got ${dtype}.`);
}

/** Throws unless the tensor has as many axes as `letters` names and is not empty; returns its shape. */
export function checkRank(op: string, name: string, tensor: Tensor, letters: string): number[] {
  const rank = letters.split(',').length;
  const { shape, dtype } = tensor;
  if (shape.length !== rank)
    throw new Error(`${op}: ${name} must be (${letters}), ${rank} axes, got (${shape.join(', ')}).`);
  if (shape.includes(0)) throw new Error(`${op}: ${name} must not be empty, got (${shape.join(', ')}).`);
  if (dtype !== 'float32') throw new Error(`${op}: ${name} must be float32, got ${dtype}.`);
  return shape;
}
