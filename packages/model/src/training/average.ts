import * as tf from '@tensorflow/tfjs-core';
import type { GradientDetector } from '../methods/types.js';
import type { Communicator } from './communicator.js';

/** A replica's part of a step: of its pictures' loss, gradients and, in the model, running statistics. */
export interface Part {
  readonly pictures: number;
  readonly loss: tf.Scalar;
  readonly grads: ReadonlyMap<string, tf.Tensor>;
}

/** The step that all replicas take. */
export interface Average {
  readonly loss: number;
  /** The caller's to dispose. */
  readonly grads: ReadonlyMap<string, tf.Tensor>;
  /** In the order of `buffers()`; the caller's to dispose. */
  readonly statistics: readonly tf.Tensor[];
}

/** Values before the gradients in a message: the part's loss and number of pictures. */
const HEADER = 2;

/** Floats that a replica sends per step: header, gradients, running statistics. */
export function messageLength(model: Pick<GradientDetector, 'trainable' | 'buffers'>): number {
  const sizes = [...model.trainable().values(), ...model.buffers().values()].map((v) => v.size);
  return sizes.reduce((sum, size) => sum + size, HEADER);
}

/**
 * The mean of all replicas' parts, weighted by their pictures. Every replica sums the same values in the same order, so that their
 * weights stay bit-identical and are never sent. A replica without pictures passes no part.
 */
export async function averaged(
  model: GradientDetector,
  part: Part | undefined,
  communicator: Communicator,
): Promise<Average> {
  const parts = await communicator.allGather(await packed(model, part));
  const pictures = parts.reduce((sum, block) => sum + block[1]!, 0);
  const weights = parts.map((block) => block[1]! / pictures);
  const loss = parts.reduce((sum, block, r) => sum + weights[r]! * block[0]!, 0);
  let at = HEADER;
  const mean = ({ size }: tf.Variable): Float32Array => {
    const data = weightedSum(parts, weights, at, size);
    at += size;
    return data;
  };
  const [trainable, buffers] = [[...model.trainable()], [...model.buffers().values()]];
  const means = [...trainable.map(([, variable]) => variable), ...buffers].map(mean);
  // the next step writes over what was gathered
  await communicator.barrier();
  return {
    loss,
    grads: new Map(trainable.map(([name, { shape }], i) => [name, tf.tensor(means[i]!, shape)])),
    statistics: buffers.map(({ shape }, i) => tf.tensor(means[trainable.length + i]!, shape)),
  };
}

/**
 * Σ of weight·block over `size` floats from `at` on, in the order of the blocks, rounded to float32 after each. Blocks of weight 0 are not
 * read.
 */
export function weightedSum(
  blocks: readonly Float32Array[],
  weights: readonly number[],
  at: number,
  size: number,
): Float32Array {
  const data = new Float32Array(size);
  const [first, second, ...rest] = blocks
    .map((block, r) => ({ part: block.subarray(at, at + size), weight: weights[r]! }))
    .filter(({ weight }) => weight > 0);
  if (first && second) {
    // the first two in one pass, which takes half the time; 0 + turns −0 into 0, as a sum from 0 does
    const [a, b, wa, wb] = [first.part, second.part, first.weight, second.weight];
    for (let i = 0; i < size; i++) data[i] = Math.fround(0 + wa * a[i]!) + wb * b[i]!;
  } else if (first) for (let i = 0; i < size; i++) data[i] = 0 + first.weight * first.part[i]!;
  for (const { part, weight } of rest) for (let i = 0; i < size; i++) data[i]! += weight * part[i]!;
  return data;
}

async function packed(model: GradientDetector, part: Part | undefined): Promise<Float32Array> {
  const message = new Float32Array(messageLength(model));
  if (!part) return message;
  message[0] = (await part.loss.data())[0]!;
  message[1] = part.pictures;
  let at = HEADER;
  for (const tensor of [...part.grads.values(), ...model.buffers().values()]) {
    message.set(await tensor.data<'float32'>(), at);
    at += tensor.size;
  }
  return message;
}
