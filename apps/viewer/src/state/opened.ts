import { batch, signal } from '@preact/signals';
import type { ModelInfo } from '@pyramid-mamba/model';
import type { Calibration, Item, OpenRun } from '../run/types.js';

/** The run one looks at, and another to compare it with. */
export const run = signal<OpenRun | null>(null);
export const otherRun = signal<OpenRun | null>(null);

/** The picture one looks at. */
export const selected = signal<Item | null>(null);

/** Thresholds by class as they stand in the page: what was opened, with what was dragged since. */
export const thresholds = signal<Readonly<Record<string, Calibration>>>({});

/** A model file opened in the page, trained there, or that of the opened run once it was asked for. */
export interface OpenModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly info: ModelInfo;
  /** The opened run whose model this is; null for a file and for a model trained in the page. */
  readonly of: OpenRun | null;
}
export const model = signal<OpenModel | null>(null);

/** Puts a run in the place of the one that is open, or beside it. */
export function show(opened: OpenRun, as: 'run' | 'other'): void {
  batch(() => {
    if (as === 'other') {
      otherRun.value = opened;
      return;
    }
    run.value = opened;
    otherRun.value = null;
    selected.value = null;
    thresholds.value = opened.calibration;
    // a model of another run must not judge beside this one
    model.value = null;
  });
}
