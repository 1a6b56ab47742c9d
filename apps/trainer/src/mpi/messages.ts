import { deserialize, serialize } from 'node:v8';
import type { Failed } from '../threads/failure.js';
import type { JudgeReply, JudgeTask } from '../threads/judgeWork.js';
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
  /** Judge pictures with this backend: rank 0 sends each rank its tasks alone, see `RankJudgeTask`. */
  | { kind: 'judge'; backend: string }
  /** The training is over; another may begin. */
  | { kind: 'end' }
  /** The job is over. */
  | { kind: 'stop' };

/** What rank 0 sends to one rank while it judges; the answer is a `RankJudgeReply`. */
export type RankJudgeTask = JudgeTask | { name: 'end' };
/** What a rank answers: that it has its backend, an answer of `JudgeWork`, or why there is none. */
export type RankJudgeReply = JudgeReply | Failed;

export const packed = (task: RankTask | RankJudgeTask | RankJudgeReply): Uint8Array => serialize(task);
// the sender is this program, in the same version, which `begin` of another one would not start
export const unpacked = <Message = RankTask>(bytes: Uint8Array): Message => deserialize(bytes) as Message;
