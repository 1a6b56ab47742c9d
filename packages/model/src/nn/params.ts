import * as tf from '@tensorflow/tfjs-core';
import { FormatError } from '../errors.js';
import { randomStream, type RandomStream, type Seed } from '../random/streams.js';
import { floatsOf, type HostTensor } from '../files/safetensors.js';

/** A tensor outside any backend, in PyTorch's layout: convolutions (out, in, h, w), linear layers (out, in). */
export interface HostArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Draws a new parameter's values; `shape` is PyTorch's. */
export type Initializer = (random: RandomStream, shape: readonly number[]) => Float32Array;

/** Returns a parameter's values by name, in PyTorch's layout. */
export type ParameterSource = (name: string, shape: readonly number[], init: Initializer) => Float32Array;

/** Values drawn by seed and name, independent of the order and number of other parameters. */
export function seededSource(seed: Seed): ParameterSource {
  return (name, shape, init) => init(randomStream(seed, 'parameter', name), shape);
}

/** Values from a file's tensors. The source throws a FormatError that names a tensor which is missing, of another shape or not sound. */
export function hostSource(
  tensors: ReadonlyMap<string, HostTensor>,
  where: string,
): (name: string, shape: readonly number[]) => Float32Array {
  return (name, shape) => {
    const tensor = tensors.get(name);
    if (!tensor)
      throw new FormatError(
        `${where}: parameter ${name} is missing; the file does not match this configuration.`,
      );
    if (tensor.shape.length !== shape.length || tensor.shape.some((s, i) => s !== shape[i]))
      throw new FormatError(
        `${where}: parameter ${name} must have the shape (${shape.join(', ')}), got (${tensor.shape.join(', ')}).`,
      );
    const floats = floatsOf(tensor, `${where}: ${name}`);
    if (name.endsWith('running_var')) requireVariance(floats, `${where}: ${name}`);
    return floats;
  };
}

/** Throws a FormatError for a variance below 0: its square root is not a number, which relu and pooling may turn into 0. */
export function requireVariance(variance: Float32Array, label: string): void {
  const bad = variance.find((v) => v < 0);
  if (bad !== undefined)
    throw new FormatError(
      `${label}: a variance must not be negative, got ${bad}; the file is damaged: restore it or download it again.`,
    );
}

/** A parameter's layout in memory: PyTorch's, HWIO, or (h, w, channels, 1). */
export type Layout = 'torch' | 'conv' | 'depthwise';

export interface Parameter {
  readonly variable: tf.Variable;
  /** PyTorch's. */
  readonly shape: readonly number[];
  readonly layout: Layout;
}

const size = (shape: readonly number[]): number => shape.reduce((n, s) => n * s, 1);

/** All parameters of a model, in the order in which its modules requested them, under the authors' state-dict names. */
export class ParameterStore {
  readonly trainable = new Map<string, Parameter>();
  readonly buffers = new Map<string, Parameter>();

  constructor(private readonly source: ParameterSource) {}

  create(
    name: string,
    shape: readonly number[],
    layout: Layout,
    init: Initializer,
    trainable: boolean,
  ): tf.Variable {
    const data = this.source(name, shape, init);
    const variable = tf.tidy(() => tf.variable(fromTorch(data, shape, layout), trainable));
    (trainable ? this.trainable : this.buffers).set(name, { variable, shape, layout });
    return variable;
  }

  scope(prefix: string): ParameterScope {
    return new ParameterScope(this, prefix);
  }

  dispose(): void {
    for (const { variable } of [...this.trainable.values(), ...this.buffers.values()]) variable.dispose();
  }
}

/** Records what modules request, without allocating it: they can be built with it, but not applied. */
export class ParameterRecorder extends ParameterStore {
  readonly requested: { readonly name: string; readonly shape: readonly number[] }[] = [];

  constructor() {
    super(() => new Float32Array());
  }

  override create(name: string, shape: readonly number[]): tf.Variable {
    this.requested.push({ name, shape });
    return undefined as unknown as tf.Variable;
  }
}

/** A module's view of the store: its names are relative. */
export class ParameterScope {
  constructor(
    private readonly store: ParameterStore,
    private readonly prefix: string,
  ) {}

  scope(name: string): ParameterScope {
    return new ParameterScope(this.store, `${this.prefix}${name}.`);
  }

  /** In PyTorch's layout; for linear layers, 1×1 convolutions (out, in, 1, 1) and vectors. */
  plain(name: string, shape: readonly number[], init: Initializer): tf.Variable {
    return this.store.create(this.prefix + name, shape, 'torch', init, true);
  }

  /** A convolution, (out, in, h, w) in files, HWIO in memory. */
  conv(name: string, shape: readonly [number, number, number, number], init: Initializer): tf.Variable {
    return this.store.create(this.prefix + name, shape, 'conv', init, true);
  }

  /** A depthwise convolution, (channels, 1, h, w) in files, (h, w, channels, 1) in memory. */
  depthwise(name: string, shape: readonly [number, 1, number, number], init: Initializer): tf.Variable {
    return this.store.create(this.prefix + name, shape, 'depthwise', init, true);
  }

  /** Not trained: running statistics. */
  buffer(name: string, shape: readonly number[], init: Initializer): tf.Variable {
    return this.store.create(this.prefix + name, shape, 'torch', init, false);
  }
}

const toMemory: Record<Layout, number[] | undefined> = {
  torch: undefined,
  conv: [2, 3, 1, 0],
  depthwise: [2, 3, 0, 1],
};
const toFile: Record<Layout, number[] | undefined> = {
  torch: undefined,
  conv: [3, 2, 0, 1],
  depthwise: [2, 3, 0, 1],
};

/** PyTorch's layout to ours. */
export function fromTorch(data: Float32Array, shape: readonly number[], layout: Layout): tf.Tensor {
  if (data.length !== size(shape))
    throw new Error(`a parameter of shape (${shape.join(', ')}) got ${data.length} numbers.`);
  const tensor = tf.tensor(data, [...shape], 'float32');
  const permutation = toMemory[layout];
  return permutation ? tf.transpose(tensor, permutation) : tensor;
}

/** Our layout to PyTorch's, for a parameter or its gradient. */
export async function toTorch(tensor: tf.Tensor, layout: Layout): Promise<Float32Array> {
  const permutation = toFile[layout];
  const ordered = permutation ? tf.transpose(tensor, permutation) : tf.clone(tensor);
  try {
    return (await ordered.data<'float32'>()).slice();
  } finally {
    ordered.dispose();
  }
}
