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
    const data = new Float32Array(size);
    for (const [r, block] of parts.entries()) {
      const weight = weights[r]!;
      if (weight > 0) for (let i = 0; i < size; i++) data[i]! += weight * block[at + i]!;
    }
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
