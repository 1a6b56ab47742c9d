/** Means over the steps of an epoch; a line of the trainer's `train.jsonl`. */
export interface EpochRecord {
  /** Counted from 1. */
  epoch: number;
  /** Steps made since training began, at the end of this epoch. */
  step: number;
  steps: number;
  loss: number;
  gradNorm: number;
  /** Learning rate of the epoch's last step. */
  lr: number;
  seconds: number;
  imagesPerSecond: number;
}

/** How far training has come. */
export interface TrainingState {
  /** Steps made since training began. */
  step: number;
  /** Epochs completed. */
  epoch: number;
  /** What the epoch at hand has summed up; all 0 at an epoch's end. */
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
