import type { EpochRecord } from './state.js';

/** What a training reports to its user. */
export type TrainingEvent =
  /** One of the first steps, by which the length of the training is planned. */
  | { readonly kind: 'measuring'; readonly step: number }
  | { readonly kind: 'note'; readonly text: string }
  /** Pictures whose features are there; `computed` of them were not there before. */
  | { readonly kind: 'encoding'; readonly done: number; readonly total: number; readonly computed: number }
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly total: number;
      /** Counted from 1. */
      readonly epoch: number;
      readonly epochs: number;
      readonly loss: number;
      readonly imagesPerSecond: number;
    }
  | { readonly kind: 'epoch'; readonly record: EpochRecord }
  /** Of a method that learns by one fit: the share that is done, 0 to 1, and what is being done. */
  | { readonly kind: 'fitting'; readonly share: number; readonly doing: string }
  /** Held-back pictures judged to set the thresholds. */
  | { readonly kind: 'calibrating'; readonly done: number; readonly total: number };
