import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import {
  createEncoder,
  encoderConfigSchema,
  familyOf,
  hostSource,
  judgedPart,
  ParameterStore,
  presets,
  resizeAlignCorners,
  seededSource,
  toTorch,
  type BankDetector,
  type EncoderWeights,
  type Features,
  type GradientDetector,
  type LevelMap,
  type Method,
  type ParameterSource,
} from '../../src/index.js';

const schema = (method: string) =>
  z.strictObject({
    method: z.literal(method),
    inputSize: z.number().int().positive(),
    encoder: encoderConfigSchema,
    map: z.strictObject({ sigma: z.number() }),
  });
type Config = z.infer<ReturnType<typeof schema>>;

/** The squared distance of every pixel of the coarsest features from one vector, which is learnt: the good pictures' centre. */
class Centre {
  readonly encoder;
  protected readonly store: ParameterStore;
  protected readonly centre: tf.Variable;

  constructor(
    readonly method: string,
    readonly config: Config,
    weights: EncoderWeights,
    source: ParameterSource,
  ) {
    this.encoder = createEncoder(config.encoder, weights);
    this.store = new ParameterStore(source);
    const init = (_: unknown, [n]: readonly number[]) => new Float32Array(n!);
    this.centre = this.store.scope('').plain('centre', [this.encoder.channels.at(-1)!], init);
  }
  encode(images: tf.Tensor4D): Features {
    return this.encoder.encode(images);
  }
  protected distances(features: Features): tf.Tensor3D {
    return tf.tidy(() => tf.mean(tf.square(tf.sub(features.at(-1)!, this.centre)), 3) as tf.Tensor3D);
  }
  async levels(features: Features): Promise<LevelMap[][]> {
    const distances = this.distances(features);
    const [count, height, width] = distances.shape;
    const data = await distances.data<'float32'>();
    distances.dispose();
    const each = height * width;
    return Array.from({ length: count }, (_, b) => [
      { height, width, data: data.slice(b * each, (b + 1) * each) },
    ]);
  }
  async stateDict() {
    return new Map([
      ['centre', { shape: this.centre.shape, data: await toTorch(this.centre as tf.Tensor, 'torch') }],
    ]);
  }
  dispose(): void {
    this.encoder.dispose();
    this.store.dispose();
  }
}

class Descended extends Centre implements GradientDetector<Config> {
  objective(features: Features): tf.Scalar {
    return tf.tidy(() => tf.mean(this.distances(features)) as tf.Scalar);
  }
  trainable() {
    return new Map([['centre', this.centre]]);
  }
  buffers() {
    return new Map<string, tf.Variable>();
  }
  shapes() {
    return new Map([['centre', this.centre.shape]]);
  }
  async toHost(_: string, tensor: tf.Tensor) {
    return { shape: tensor.shape, data: await toTorch(tensor, 'torch') };
  }
  loadStateDict(...[tensors, where]: Parameters<GradientDetector['loadStateDict']>): void {
    this.centre.assign(tf.tensor(hostSource(tensors, where)('centre', this.centre.shape)));
  }
}

class Averaged extends Centre implements BankDetector<Config> {
  async fit(source: Parameters<BankDetector['fit']>[0]): Promise<void> {
    const features = await source.batch(Array.from({ length: source.count }, (_, i) => i));
    tf.tidy(() => this.centre.assign(tf.mean(features.at(-1)!, [0, 1, 2])));
    tf.dispose(features);
  }
}

const method = (
  name: string,
  learns: Method['learns'],
  Kind: typeof Descended | typeof Averaged,
): Method<Config> => ({
  name,
  title: `Made up: ${name}`,
  configSchema: schema(name),
  presets: {
    plain: {
      description: 'one vector',
      model: { method: name, inputSize: 64, encoder: { arch: 'resnet18', width: 8 }, map: { sigma: 1 } },
      train: presets.tiny.train,
    },
  },
  needs: 'features',
  learns,
  create: (config, weights, seed) => new Kind(name, config, weights, seededSource(seed)),
  load: (config, weights, tensors, where) => new Kind(name, config, weights, hostSource(tensors, where)),
  tensors: ({ encoder }) => [
    { name: 'centre', shape: [familyOf(encoder).contract(encoder).channels.at(-1)!] },
  ],
  levelCount: () => 1,
  extents: () => [],
  inputMultiple: ({ encoder }) => familyOf(encoder).contract(encoder).inputMultiple,
  largestScore: () => Infinity,
  fuse: ([level], [height, width], _, mask) => {
    const map = Float32Array.from(resizeAlignCorners(level!, height, width));
    return judgedPart(map, mask ?? new Uint8Array(map.length).fill(1));
  },
});

/** A method of a few lines that learns by gradient steps. */
export const descended = method('descended-centre', 'steps', Descended);
/** The same, fitted. */
export const averaged = method('averaged-centre', 'bank', Averaged);
