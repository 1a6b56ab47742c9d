// The judged pictures of the open project as a run: the views of results, thresholds and figures show both alike.
import { batch, effect } from '@preact/signals';
import { fittedSize } from '@pyramid-mamba/data';
import { BLANK, distrustOf, HARDLY, lastingDoubts, LOST, NO_PRODUCT } from '@pyramid-mamba/inspect';
import { ownValue, type VerdictThresholds } from '@pyramid-mamba/metrics';
import type { ModelInfo } from '@pyramid-mamba/model';
import {
  currentModel,
  type Judged,
  type ModelEntry,
  type OpenProject,
  type Picture,
  type Project,
} from '@pyramid-mamba/projects';
import type { Calibration, Item, OpenRun } from '../../run/types.js';
import type { ModelTraits } from '../../run/openable.js';
import { judgeByOpenModel } from '../engine.js';
import { notifyError } from '../notices.js';
import { model, modelIds, modelsKept, run, selected, thresholds, type OpenModel } from '../opened.js';
import { LEFT_OUT } from './leftOut.js';
import { content, project } from './open.js';

const MAX_PICTURE = 2 ** 29;

/** The truth about a picture of a project: what a person said after the verdict, else what it was added as. */
export function labelOf(
  picture: Pick<Picture, 'kind'>,
  judged: Pick<Judged, 'label'> | undefined,
): 0 | 1 | null {
  const said = judged?.label?.is ?? (picture.kind === 'judge' ? null : picture.kind);
  return said === null ? null : said === 'good' ? 0 : 1;
}

/** What an item says otherwise. */
const OTHERWISE: readonly string[] = ['', BLANK, HARDLY, NO_PRODUCT, LOST, LEFT_OUT];

/** Of a remark (doubts, joined by semicolons) those about the picture that an item has no other field for. */
export const furtherDoubts = (remark: string): string[] =>
  lastingDoubts(remark.split('; ')).filter((one) => !OTHERWISE.includes(one));

interface Kept {
  readonly judged: Judged;
  readonly picture: Picture;
  readonly item: Item;
}
const kept = new Map<string, Kept>();

function itemOf(
  open: OpenProject,
  picture: Picture,
  judged: Judged,
  { input }: ModelTraits,
): Item | undefined {
  const { id, score, product } = judged;
  if (score === null || product === null) return undefined;
  const known = kept.get(id);
  if (known?.judged === judged && known.picture === picture) return known.item;
  const label = labelOf(picture, judged);
  const size = fittedSize(
    { width: picture.width ?? input.width, height: picture.height ?? input.height },
    input,
  );
  const item: Item = {
    id,
    file: judged.name,
    className: product,
    label,
    defect: label === null ? '' : label === 0 ? 'good' : 'defective',
    score,
    blank: judged.remark.includes(BLANK),
    fit: judged.remark.includes(HARDLY) ? 'hardly' : judged.remark.includes(NO_PRODUCT) ? 'no' : undefined,
    lost: judged.remark.includes(LOST),
    doubts: furtherDoubts(judged.remark),
    hasMask: false,
    size,
    image: async () => ({
      found: await open.picture(id),
      path: judged.name,
      run: open.content.name,
      limit: MAX_PICTURE,
      size,
      own: true,
    }),
    mask: () => Promise.resolve(null),
    // made again by the model: maps are many times larger than pictures
    levels: async () => {
      // by the model that has learnt it there would be nothing to see
      if (judged.remark.includes(LEFT_OUT)) return null;
      const found = await judgeByOpenModel(await open.picture(id), { name: judged.name, className: product });
      return found ? [...found.levels] : null;
    },
  };
  kept.set(id, { judged, picture, item });
  return item;
}

/** Thresholds of the current model: those a person set, in place of those in its file. */
function calibrationOf({ info }: OpenModel, { thresholds: set }: ModelEntry): Record<string, Calibration> {
  const own = Object.fromEntries(
    set.map(({ product, calibration }) => [product, calibration as Calibration]),
  );
  return { ...info.calibration, ...own };
}

/** `distrustOf` by thresholds that are asked for again and again, once for each picture. */
export function distrustOfModel(
  info: Pick<ModelInfo, 'areas' | 'selfTest' | 'calibration'>,
): NonNullable<OpenRun['distrustBy']> {
  const known = new WeakMap<VerdictThresholds, Map<string, string | undefined>>();
  return (className, by) => {
    if (by === undefined) return distrustOf(info, className);
    const own = known.get(by) ?? new Map<string, string | undefined>();
    known.set(by, own);
    if (!own.has(className)) own.set(className, distrustOf(info, className, by));
    return own.get(className);
  };
}

function runOf(
  open: OpenProject,
  now: Project,
  opened: OpenModel,
  entry: ModelEntry,
  traits: ModelTraits,
): OpenRun {
  const items: Item[] = [];
  const learnt = new Set(entry.learnt);
  for (const judged of now.judged.values()) {
    const picture = now.pictures.get(judged.id);
    // verdicts of an earlier model are no scores of this one; and pictures that it learnt look better than they are
    if (!picture || picture.deleted !== null || judged.model !== entry.id) continue;
    if (learnt.has(judged.id) && !judged.remark.includes(LEFT_OUT)) continue;
    const item = itemOf(open, picture, judged, traits);
    if (item) items.push(item);
  }
  const { info } = opened;
  const calibration = calibrationOf(opened, entry);
  const classes = [...new Set([...info.classes, ...items.map(({ className }) => className)])];
  const spans = Object.values(calibration).map(({ background, reject }) => 2 * (reject - background));
  const low = Object.fromEntries(classes.map((name) => [name, ownValue(calibration, name)?.background ?? 0]));
  return {
    name: now.name,
    example: false,
    dataset: now.name,
    classes,
    input: traits.input,
    config: { ...traits.config },
    largestScore: traits.largestScore,
    sigma: traits.sigma,
    scale: { low, span: Math.max(...spans, 1e-6) },
    items,
    calibration,
    distrustBy: distrustOfModel(info),
    model: () => Promise.resolve(opened.bytes),
    metrics: () => Promise.resolve(null),
    curves: () => Promise.resolve(null),
  };
}

const traits = new WeakMap<Uint8Array, ModelTraits>();

async function traitsNow({ bytes, name }: OpenModel): Promise<ModelTraits> {
  const known = traits.get(bytes);
  if (known) return known;
  const { traitsOf } = await import('../../run/openable.js');
  const found = traitsOf(bytes, name);
  traits.set(bytes, found);
  return found;
}

/** Shows the project's judged pictures as the open run, as long as a project with a model is open. */
export function followResults(): void {
  // the model of which thresholds are shown
  let of: string | undefined;
  effect(() => {
    const [open, now, opened] = [project.value, content.value, model.value];
    void modelsKept.value;
    const entry = now && currentModel(now);
    if (!open || !now) {
      of = undefined;
      kept.clear();
      return;
    }
    if (!opened || !entry || modelIds.get(opened.bytes) !== entry.id) {
      run.value = null;
      return;
    }
    void traitsNow(opened)
      .then((known) => {
        if (content.peek() !== now || model.peek() !== opened || project.peek() !== open) return;
        const next = runOf(open, now, opened, entry, known);
        batch(() => {
          const before = run.peek();
          const unsaved = before && of === entry.id ? changedIn(before) : {};
          run.value = next;
          thresholds.value = { ...next.calibration, ...unsaved };
          const shown = selected.peek();
          if (shown) selected.value = next.items.find(({ id }) => id === shown.id) ?? null;
        });
        of = entry.id;
      })
      .catch((error: unknown) => notifyError(`The results of ${now.name} are not shown`, error));
  });
}

/** Thresholds that were moved and not saved yet. */
function changedIn({ calibration }: OpenRun): Record<string, Calibration> {
  return Object.fromEntries(
    Object.entries(thresholds.peek()).filter(([name, { review, reject }]) => {
      const saved = ownValue(calibration, name);
      return saved?.review !== review || saved.reject !== reject;
    }),
  );
}
