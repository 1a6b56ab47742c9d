import * as tf from '@tensorflow/tfjs-core';
import type { EncoderContract, EncoderWeights, Features } from '../../encoders/types.js';
import type { LevelMap } from '../../inference/levels.js';
import type { ParameterSource, ParameterStore } from '../../nn/params.js';
import type { TrainingContext } from '../../training/context.js';
import { ParameterDetector } from '../parameterDetector.js';
import type { DetectorConfig, GradientDetector } from '../types.js';
import { centred } from './centred.js';
import type { Centring } from './centring.js';
import { cosineLevels } from './cosineLevels.js';
import { hardMinedCosineLoss } from './hardMined.js';

/**
 * A network that rebuilds the encoder's features. With a training context: batch statistics (the running ones are updated) and the
 * context's randomness.
 */
export type Student = (features: Features, training?: TrainingContext) => Features;

/** Builds the student of an encoder; its parameters come from the store, under the names of the method's published checkpoints. */
export type StudentBuilder = (store: ParameterStore, encoder: EncoderContract) => Student;

/** The loss of a batch, before its weight. */
export type ReconstructionLoss = (teacher: Features, student: Features) => tf.Scalar;

/**
 * What methods share that train a student to rebuild the features of a frozen encoder: where the student fails, a picture is anomalous.
 * Per level a small map of 1 − cosine similarity.
 */
export class ReconstructionDetector<C extends DetectorConfig & Centring>
  extends ParameterDetector<C>
  implements GradientDetector<C>
{
  private readonly student: Student;

  protected constructor(
    method: string,
    config: C,
    weights: EncoderWeights,
    source: ParameterSource,
    build: StudentBuilder,
    private readonly loss: ReconstructionLoss,
  ) {
    super(method, config, weights, source);
    this.student = this.built(build);
  }

  /**
   * The student's reconstruction of the features. With a training context: batch statistics (the running ones are updated) and the
   * context's randomness.
   *
   * @param features as the student sees them: `centred` where the configuration says so
   */
  reconstruct(features: Features, training?: TrainingContext): Features {
    return tf.tidy(() => this.student(features, training));
  }

  /** The method's loss of features and reconstruction, or that of the context's hard mining. */
  objective(features: Features, training: TrainingContext): tf.Scalar {
    return tf.tidy(() => {
      const teacher = centred(features, this.config);
      const rebuilt = this.reconstruct(teacher, training);
      const { mining } = training;
      return mining ? hardMinedCosineLoss(teacher, rebuilt, mining) : this.loss(teacher, rebuilt);
    });
  }

  /** 1 − cosine similarity of features and reconstruction per level. */
  async levels(features: Features): Promise<LevelMap[][]> {
    const [teacher, rebuilt] = tf.tidy(() => {
      // a copy where nothing is centred: the features stay the caller's
      const own = centred(features, this.config).map((f) => tf.clone(f));
      return [own, this.reconstruct(own)];
    });
    try {
      return await cosineLevels(teacher, rebuilt);
    } finally {
      tf.dispose([teacher, rebuilt]);
    }
  }
}
