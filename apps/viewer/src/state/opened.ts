import { batch, signal } from '@preact/signals';
import type { ModelInfo } from '@pyramid-mamba/model';
import type { ComparisonFile } from '@pyramid-mamba/runs';
import type { Calibration, Item, OpenRun } from '../run/types.js';
import { enter } from './project/open.js';
import { workplace } from './workplace.js';

/** A comparison of methods that was opened, with its file's name; independent of what else is open. */
export const comparison = signal<{ readonly name: string; readonly found: ComparisonFile } | null>(null);

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

/** Ids in the open project, by the bytes of a model: of one that is kept in it. */
export const modelIds = new WeakMap<Uint8Array, string>();
/** Counts the entries of `modelIds`: what reads them reads this, too. */
export const modelsKept = signal(0);

/** Thresholds that were moved in runs of before, which can be shown again. */
const movedIn = new WeakMap<OpenRun, Readonly<Record<string, Calibration>>>();

/** Opens a run instead of the open one, or beside it. */
export function show(opened: OpenRun, as: 'run' | 'other'): void {
  batch(() => {
    if (as === 'other') {
      otherRun.value = opened;
      return;
    }
    enter(null);
    if (run.value) movedIn.set(run.value, thresholds.value);
    run.value = opened;
    otherRun.value = null;
    selected.value = null;
    thresholds.value = movedIn.get(opened) ?? opened.calibration;
    workplace.value = opened.example
      ? { id: 'example', name: 'Example', kind: 'example' }
      : { id: 'run', name: opened.name, kind: 'run' };
    // a model of another run must not judge beside this one
    model.value = null;
  });
}
