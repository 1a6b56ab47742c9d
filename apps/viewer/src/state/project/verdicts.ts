import { effect } from '@preact/signals';
import { currentModel, picturesOf, type Judged } from '@pyramid-mamba/projects';
import { HEAD_BYTES, requirePicture } from '../../engine/pictures/header.js';
import { isPicture, pictureIdOf } from '../live/identity.js';
import { judgeFiles, onJudged } from '../live/live.js';
import { asFile, type Shot } from '../live/shots.js';
import { notify, notifyError } from '../notices.js';
import { model, modelIds, modelsKept } from '../opened.js';
import { phase, trainingFor } from '../training.js';
import { LEFT_OUT } from './leftOut.js';
import { changing, content, locked, onLeaving, project } from './open.js';

/** Verdicts are stored together after so many milliseconds. */
const TOGETHER_MS = 400;

/** The project's id of a judged picture; undefined for one that it does not have. */
export const idOf = ({ picture }: Shot): string | undefined =>
  picture instanceof Blob ? pictureIdOf(picture) : undefined;

/** Judges files, which the open project keeps as pictures to judge. */
export async function judgeAndKeep(files: readonly File[]): Promise<void> {
  if (project.peek() && locked.peek() === null) {
    const pictures = await Promise.all(
      files.map(async (file) => {
        const head = new Uint8Array(
          await file
            .slice(0, HEAD_BYTES)
            .arrayBuffer()
            .catch(() => new ArrayBuffer(0)),
        );
        try {
          return { file, ...requirePicture(head, file.name) };
        } catch {
          // judging it says why it cannot be read
          return null;
        }
      }),
    );
    const sound = pictures.filter((one) => one !== null);
    await changing('The pictures are judged, but not kept', async (open) => {
      const { ids } = await open.addPictures(
        sound.map(({ file, width, height }) => ({
          file,
          name: file.name,
          kind: 'judge',
          product: null,
          width,
          height,
        })),
      );
      for (const [i, { file }] of sound.entries()) isPicture(file, ids[i]!);
    });
  }
  await judgeFiles(files);
}

/** Keeps a judged picture that the open project does not have, as what a person says it is. */
export async function keepShot(shot: Shot, kind: 'good' | 'defective'): Promise<void> {
  const { picture } = shot;
  if (picture instanceof Blob) await keepFile(shot, picture, kind);
  else await keepFrame(shot, kind);
}

/** A file stays shown: it is a picture of the project with its verdict, and what was said of it, from now on. */
async function keepFile(shot: Shot, file: Blob, kind: 'good' | 'defective'): Promise<void> {
  const { name } = shot;
  const { className, width, height } = shot.judgement;
  const by = model.peek() && modelIds.get(model.peek()!.bytes);
  await changing('The picture was not kept', async (open) => {
    const about = { file, name, width, height };
    // the verdict of a model that the project does not have is none of its verdicts
    if (by === undefined || by === null) {
      const { ids } = await open.addPictures([{ ...about, kind, product: className }]);
      isPicture(file, ids[0]!);
      notify('note', `${name} is a ${kind} picture of ${className} now; the next training knows it.`);
      return;
    }
    const { ids } = await open.addPictures([{ ...about, kind: 'judge', product: null }]);
    const [id] = ids as [string];
    isPicture(file, id);
    await open.recordVerdicts([recordOf(id, shot, by)]);
    await open.label(id, { is: kind, regions: [] });
  });
}

/** A frame of a camera is gone with the next one: it is a picture of what was said. */
async function keepFrame(shot: Shot, kind: 'good' | 'defective'): Promise<void> {
  const { className: product, width, height } = shot.judgement;
  const name = `${shot.name}.png`;
  // drawn at once: the next frame frees this one
  const { picture } = await asFile(shot);
  if (!(picture instanceof Blob)) return;
  const file = new File([picture], name);
  const kept = await changing('The frame was not kept', (open) =>
    open.addPictures([{ file, name, kind, product, width, height }]),
  );
  if (kept) notify('note', `${name} is a ${kind} picture of ${product} now; the next training knows it.`);
}

/**
 * Judges the project's pictures that its model did not learn: the held-back and the defective ones, and those to judge.
 *
 * @param which all of them, or those that no model has judged
 */
export async function judgeProject(which: 'all' | 'without a verdict' = 'all'): Promise<void> {
  const [open, now] = [project.peek(), content.peek()];
  const entry = now && currentModel(now);
  if (!open || !now || !entry) return;
  const learnt = new Set(entry.learnt);
  const files = await Promise.all(
    picturesOf(now)
      .filter(({ id }) => !learnt.has(id) && (which === 'all' || !now.judged.has(id)))
      .map(async ({ id, name }) => {
        const file = new File([await open.picture(id)], name);
        isPicture(file, id);
        return file;
      }),
  );
  await judgeFiles(files);
}

function recordOf(id: string, { name, judgement }: Shot, by: string): Omit<Judged, 'label'> {
  const { className, classSource, score, verdict, calibration, doubts, regions, milliseconds } = judgement;
  return {
    id,
    name,
    product: classSource === null ? null : className,
    score,
    verdict,
    review: calibration?.review ?? null,
    reject: calibration?.reject ?? null,
    remark: doubts.join('; '),
    regions: regions.slice(0, 1000).map(({ box: [x, y, width, height], peak }) => ({
      x: Math.max(0, Math.floor(x)),
      y: Math.max(0, Math.floor(y)),
      width: Math.max(1, Math.ceil(width)),
      height: Math.max(1, Math.ceil(height)),
      peak: peak.score,
    })),
    model: by,
    at: new Date().toISOString(),
    milliseconds,
  };
}

/** Keeps the verdicts of judged files in the project, and judges its pictures when a model was trained. */
export function keepVerdicts(): void {
  let waiting = new Map<string, Omit<Judged, 'label'>>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const store = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) return;
    const verdicts = [...waiting.values()];
    waiting = new Map();
    const open = project.peek();
    if (open && locked.peek() === null)
      open
        .recordVerdicts(verdicts)
        .catch((error: unknown) => notifyError('The verdicts were not kept', error));
  };
  // they belong to the project that is left
  onLeaving.add(store);
  onJudged.add((shot) => {
    const id = idOf(shot);
    const by = model.peek() && modelIds.get(model.peek()!.bytes);
    if (id === undefined || by === undefined || by === null || shot.stale !== null) return;
    // by the model that has learnt it the picture looks better than by one that had not, which has judged it already
    const known = content.peek()?.judged.get(id);
    if (known?.model === by && known.remark.includes(LEFT_OUT)) return;
    waiting.set(id, recordOf(id, shot, by));
    timer ??= setTimeout(store, TOGETHER_MS);
  });
  let judged: string | undefined;
  effect(() => {
    const now = content.value;
    void modelsKept.value;
    const by = model.value && modelIds.get(model.value.bytes);
    if (phase.value !== 'done' || !now || by === null || by === undefined || by === judged) return;
    if (trainingFor.peek()?.id !== now.id || now.model !== by) return;
    judged = by;
    void judgeProject();
  });
}
