/** Means over the steps of an epoch; a line of the trainer's `train.jsonl`. */
export interface EpochRecord {
  /** Counted from 1. */
  epoch: number;
  /** Steps since the start of training, at the end of this epoch. */
  step: number;
  steps: number;
  loss: number;
  gradNorm: number;
  /** Learning rate of the epoch's last step. */
  lr: number;
  seconds: number;
  imagesPerSecond: number;
}

/** The position of training. */
export interface TrainingState {
  /** Steps since the start of training. */
  step: number;
  /** Epochs completed. */
  epoch: number;
  /** The sums of the current epoch; all 0 at an epoch's end. */
  partial: { steps: number; images: number; loss: number; gradNorm: number; seconds: number };
  history: EpochRecord[];
}

export function freshState(): TrainingState {
  return {
    step: 0,
    epoch: 0,
    partial: { steps: 0, images: 0, loss: 0, gradNorm: 0, seconds: 0 },
    history: [],
  };
}
