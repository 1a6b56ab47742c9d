import * as tf from '@tensorflow/tfjs-core';
import type { EncoderContract, EncoderWeights, Features } from '../../encoders/types.js';
import { checked } from '../../files/checked.js';
import type { HostTensor } from '../../files/safetensors.js';
import type { LevelMap } from '../../inference/levels.js';
import { hostSource, seededSource, type ParameterSource, type ParameterStore } from '../../nn/params.js';
import type { Seed } from '../../random/streams.js';
import type { TrainingContext } from '../../training/context.js';
import { ParameterDetector } from '../parameterDetector.js';
import { threeLevels } from '../reconstruction/threeLevels.js';
import type { GradientDetector, TrainingPictures } from '../types.js';
import { destsegConfigSchema, type DestsegConfig } from './config.js';
import { products, segmentationLoss, smallMask, studentLoss } from './losses.js';
import { SegmentationNet } from './segmentation.js';
import { DenoisingStudent } from './student.js';
import { blended, drawShape } from './synthesis/anomaly.js';
import { drawTexture } from './synthesis/textures.js';

/** The parts of the training, by `TrainConfig.parts`: the student, then the segmentation. */
const STUDENT = 0;

/** Both networks, under the names of the authors' two state dicts with `student.` and `segmentation.` before them. */
export function buildNetworks(store: ParameterStore, encoder: EncoderContract) {
  const channels = threeLevels('DeSTSeg', encoder);
  const all = channels.reduce((sum, count) => sum + count, 0);
  return {
    student: new DenoisingStudent(store.scope('student.'), channels[0]),
    segmentation: new SegmentationNet(store.scope('segmentation.'), all, 4 * channels[0]),
  };
}

/**
 * Segmentation-guided denoising student-teacher (Zhang et al. 2023). A student rebuilds the frozen encoder's features of the clean picture from
 * one with a synthetic anomaly; a segmentation network learns from the products of both networks' features where the anomaly is.
 */
export class Destseg extends ParameterDetector<DestsegConfig> implements GradientDetector<DestsegConfig> {
  readonly needsPictures = true;
  private readonly student: DenoisingStudent;
  private readonly segmentation: SegmentationNet;

  private constructor(config: DestsegConfig, weights: EncoderWeights, source: ParameterSource) {
    super('destseg', config, weights, source);
    const { student, segmentation } = this.built(buildNetworks);
    this.student = student;
    this.segmentation = segmentation;
  }

  /** A new model; its parameters are initialised as in the authors' code, by seed and name. */
  static create(config: DestsegConfig, encoder: EncoderWeights, seed: Seed): Destseg {
    return new Destseg(checked(destsegConfigSchema, config, 'model config'), encoder, seededSource(seed));
  }

  /**
   * A model with the given parameters.
   * @throws FormatError that names the first tensor that is missing or of another shape
   */
  static load(
    config: DestsegConfig,
    encoder: EncoderWeights,
    tensors: ReadonlyMap<string, HostTensor>,
    where: string,
  ): Destseg {
    const source = hostSource(tensors, where);
    return new Destseg(checked(destsegConfigSchema, config, 'model config'), encoder, source);
  }

  /** The pictures themselves, which the student reads, and the encoder's features: four tensors, the coarsest features last. */
  override encode(images: tf.Tensor4D): Features {
    return [tf.clone(images), ...this.encoder.encode(images)];
  }

  /**
   * The loss of a batch of pictures with drawn anomalies: in the training's first part that of the student, afterwards that of the segmentation;
   * their sum where the training has no parts.
   *
   * @param features of the clean pictures
   */
  objective(features: Features, context: TrainingContext, pictures?: TrainingPictures): tf.Scalar {
    if (!pictures || !context.uniform)
      throw new Error('destseg: a training step needs the pictures and random numbers');
    const { uniform, part } = context;
    return tf.tidy(() => {
      const { seen, masks } = withAnomalies(pictures, () => uniform());
      const trainsStudent = part === undefined || part.index === STUDENT;
      const rebuilt = this.student.apply(seen, trainsStudent);
      if (part?.index === STUDENT) return studentLoss(features, rebuilt);
      const probability = this.segmentation.apply(products(this.encoder.encode(seen), rebuilt), true);
      const [, height, width] = probability.shape;
      const loss = segmentationLoss(probability, smallMask(masks, height, width));
      return part ? loss : tf.add(loss, studentLoss(features, rebuilt));
    });
  }

  /** For each picture one map: the probability that a pixel is anomalous, at the size of the finest features. */
  async levels(features: Features): Promise<LevelMap[][]> {
    const [images, ...teacher] = features;
    if (teacher.length !== 3)
      throw new Error('destseg: levels need the pictures and three levels of features, as encode gives them');
    const map = tf.tidy(() => {
      const rebuilt = this.student.apply(images!, false);
      return this.segmentation.apply(products(teacher, rebuilt), false);
    });
    try {
      const [count, height, width] = map.shape;
      const data = await map.data<'float32'>();
      const size = height * width;
      return Array.from({ length: count }, (_, i) => [
        { height, width, data: data.slice(i * size, (i + 1) * size) },
      ]);
    } finally {
      map.dispose();
    }
  }
}

/** Every picture with an anomaly drawn on it, and where it is, (b, h, w, 1). Call it within a tidy. */
function withAnomalies({ pictures, textures }: TrainingPictures, uniform: () => number) {
  const [count, height, width] = pictures.shape;
  const size = [height, width] as const;
  const pixels = height * width;
  const masks = new Float32Array(count * pixels);
  const betas = new Float32Array(count);
  const drawn = new Float32Array(textures ? 0 : 3 * masks.length);
  for (let i = 0; i < count; i++) {
    const shape = drawShape(uniform, size);
    masks.set(shape.mask, i * pixels);
    betas[i] = shape.beta;
    if (!textures) drawn.set(drawTexture(uniform, size), 3 * i * pixels);
  }
  const mask = tf.tensor4d(masks, [count, height, width, 1]);
  const texture = textures ?? tf.tensor4d(drawn, [count, height, width, 3]);
  return { seen: blended(pictures, texture, mask, tf.tensor4d(betas, [count, 1, 1, 1])), masks: mask };
}
