// A process that decodes and judges pictures for `serve`: a picture that ends it ends no other. See serve/judging/work.ts for what it is asked.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DataError, resizeRgb, type RgbImage } from '@pyramid-mamba/data';
import { decodeRgb, encodeWebpRgb } from '@pyramid-mamba/data/node';
import { appearanceOf, Inspector, type Judgement } from '@pyramid-mamba/inspect';
import { inputOf } from '@pyramid-mamba/model';
import { engineErrorOf } from '@pyramid-mamba/ssm-kernels';
import { pickBackend } from './backend.js';
import { isMendable } from './errors.js';
import { overlayPng } from './predict/draw.js';
import { lineOf } from './predict/line.js';
import type { ModelFile, Outcome, Picture, Question, Reply } from './serve/judging/work.js';

/** Longest side of a small picture for the live page. */
const THUMBNAIL = 160;
const NEXT = {
  product: 'name it in the request (`product`)',
  invalid: 'the model file is damaged or the device failed: put another model, or train again',
  notLearnt: 'train for more steps',
};

const reply = (message: Reply): void => void process.send!(message);
const models = new Map<string, Inspector>();

/** The model, read and checked where it is not there yet. A file of another content than its name says is never used. */
async function inspectorOf({ sha256, path }: ModelFile): Promise<Inspector> {
  const known = models.get(sha256);
  if (known) return known;
  const bytes = await readFile(path);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256)
    throw new DataError(
      `${path}: its SHA-256 is ${found}, not the one of its name: the file was changed; put the model again`,
    );
  const inspector = Inspector.open(Uint8Array.from(bytes), path, NEXT);
  models.set(sha256, inspector);
  return inspector;
}

/** Judges a plain picture: a model that cannot is of no use, whatever its file says. */
async function load(model: ModelFile): Promise<Outcome[]> {
  const had = models.has(model.sha256);
  const inspector = await inspectorOf(model);
  try {
    const { width, height } = inputOf(inspector.model.config);
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => 64 + ((i * 37) % 128));
    const [className] = inspector.info.classes;
    await inspector.judgeOne({
      image: { width, height, data },
      product: className === undefined ? undefined : { given: className },
    });
  } catch (error) {
    if (!had) drop(model.sha256);
    throw error;
  }
  return [];
}

function drop(sha256: string): void {
  models.get(sha256)?.dispose();
  models.delete(sha256);
}

async function decoded({ bytes, name }: Picture): Promise<RgbImage | { error: string }> {
  try {
    return await decodeRgb(bytes, name);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { error: error.message };
  }
}

/** Of one model: the process is asked so. */
async function judge(pictures: readonly Picture[]): Promise<Outcome[]> {
  const inspector = await inspectorOf(pictures[0]!.model);
  const images = await Promise.all(pictures.map(decoded));
  const judged: (Judgement | Error)[] = await inspector.judge(
    images.flatMap((image, i) => ('error' in image ? [] : [{ image, product: pictures[i]!.product }])),
  );
  const outcomes: Outcome[] = [];
  for (const [i, image] of images.entries()) {
    if ('error' in image) outcomes.push(image);
    else outcomes.push(await outcomeOf(image, judged.shift()!, pictures[i]!));
  }
  return outcomes;
}

async function outcomeOf(image: RgbImage, found: Judgement | Error, wanted: Picture): Promise<Outcome> {
  if (found instanceof Error) return { error: found.message };
  const { map, size, verdict, score, className, calibration } = found;
  const drawn = { verdict, score, className, calibration: calibration ?? undefined };
  const scale = Math.min(1, THUMBNAIL / Math.max(image.width, image.height));
  const small = (side: number) => Math.max(1, Math.round(side * scale));
  return {
    line: lineOf(found),
    appearance: appearanceOf(image),
    ...(wanted.overlay ? { overlay: await overlayPng(image, map, size, drawn) } : {}),
    ...(wanted.thumbnail
      ? { thumbnail: await encodeWebpRgb(resizeRgb(image, small(image.width), small(image.height))) }
      : {}),
  };
}

async function answer(question: Question): Promise<void> {
  const { id } = question;
  try {
    let outcomes: Outcome[] = [];
    if (question.kind === 'judge') outcomes = await judge(question.pictures);
    else if (question.kind === 'load') outcomes = await load(question.model);
    else drop(question.sha256);
    reply({ kind: 'answer', id, outcomes });
  } catch (error) {
    // a lost GPU or memory that has run out would fail every picture from now on; a model that asks too much is refused as it is loaded
    const engine = question.kind === 'judge' ? engineErrorOf(error) : undefined;
    if (engine) reply({ kind: 'broken', message: engine.message });
    else reply({ kind: 'refused', id, message: (error as Error).message });
  }
}

// the station ends its processes itself, when they have answered; a terminal's Ctrl+C reaches them too
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));

let last: Promise<void> = pickBackend(
  process.env['STATION_BACKEND'] ?? 'auto',
  Number(process.env['STATION_CORES'] ?? 1),
).then(
  ({ request, name, line }) => reply({ kind: 'ready', backend: request, name, line }),
  (error: unknown) =>
    reply({ kind: 'failed', message: (error as Error).message, mendable: isMendable(error) }),
);
process.on('message', (question: Question) => {
  last = last.then(() => answer(question));
});
