import { deserialize, serialize } from 'node:v8';
import type { DetectorConfig, EncoderWeights, FeatureShapes, TrainConfig } from '@pyramid-mamba/model';

/** What rank 0 sends to all others. */
export type RankTask =
  /** Become a replica of this training, from the checkpoint in these bytes or, null, from the seed. */
  | {
      kind: 'begin';
      backend: string;
      model: DetectorConfig;
      train: TrainConfig;
      encoder: EncoderWeights;
      shapes: FeatureShapes;
      checkpoint: Uint8Array | null;
    }
  /** A step on pictures of these indices, whose features (fp16, as in the cache) follow each other in `rows`. */
  | { kind: 'step'; indices: readonly number[]; rows: Uint16Array; step: number; lr: number }
  /** The training is over; another may begin. */
  | { kind: 'end' }
  /** The job is over. */
  | { kind: 'stop' };

export const packed = (task: RankTask): Uint8Array => serialize(task);
// the sender is this program, in the same version, which `begin` of another one would not start
export const unpacked = (bytes: Uint8Array): RankTask => deserialize(bytes) as RankTask;
