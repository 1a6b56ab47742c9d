import { batch, signal } from '@preact/signals';
import type { ModelInfo } from '@pyramid-mamba/model';
import type { Calibration, Item, OpenRun } from '../run/types.js';

/** The open run, and a second one for comparison. */
export const run = signal<OpenRun | null>(null);
export const otherRun = signal<OpenRun | null>(null);

/** The selected picture. */
export const selected = signal<Item | null>(null);

/** Current thresholds by class: those opened, with the user's changes. */
export const thresholds = signal<Readonly<Record<string, Calibration>>>({});

/** A model file opened or trained in the page, or that of the open run, once requested. */
export interface OpenModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly info: ModelInfo;
  /** The opened run whose model this is; null for a file and for a model trained in the page. */
  readonly of: OpenRun | null;
}
export const model = signal<OpenModel | null>(null);

/** Opens a run instead of the open one, or beside it. */
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
