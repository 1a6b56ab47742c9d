import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ahead, DataError, type RgbImage } from '@pyramid-mamba/data';
import { decodeRgb, fileReason, writeFileAtomic } from '@pyramid-mamba/data/node';
import { inOrder, type ClassSource, type InspectedPicture, type Judgement } from '@pyramid-mamba/inspect';
import type { Region, Verdict } from '@pyramid-mamba/metrics';
import { NumericError } from '@pyramid-mamba/model';
import { scoreOfLimit } from '@pyramid-mamba/runs';
import { FileNames, stem } from '../text/fileNames.js';
import { mapPng16, overlayPng } from './draw.js';
import { NG_FOLDER, OVERLAYS } from './replaced.js';
import { productHint } from './folderClass.js';

/** Pictures judged at once. */
export const BATCH = 4;

/** One line of output. */
export type Prediction =
  | {
      file: string;
      class: string | null;
      /** How the class was determined. */
      classSource: ClassSource | null;
      /** Raw score: the anomaly map's maximum, unless the method computes it otherwise (PatchCore's score `patch`). */
      score: number;
      /** As a multiple of the review threshold: 1 and more is never OK; null without such a threshold. */
      scoreOfLimit: number | null;
      /** null if undecided, for example without thresholds for the class; `doubts` gives the reasons. */
      verdict: Verdict | null;
      /** Reasons not to trust an OK, one sentence each; the verdict is then REVIEW at best, or UNKNOWN. */
      doubts: readonly string[];
      thresholds: { review: number; reject: number } | null;
      /** Regions above the review threshold, the highest peak first; null without thresholds. */
      regions: readonly Region[] | null;
      width: number;
      height: number;
      /** Additional files, on request. */
      overlay?: string;
      map?: string;
    }
  | { file: string; error: string };

export interface PredictOptions {
  /** The model's. */
  classes: readonly string[];
  /** As `Inspector.judge`. */
  judge: (pictures: readonly InspectedPicture[]) => Promise<(Judgement | NumericError)[]>;
  /** Batches that `judge` takes at the same time. */
  width: number;
  paths: readonly string[];
  /** The folders given: folders inside them may name a picture's class. Default: none. */
  folders?: readonly string[];
  /** A class, or `auto`. */
  className: string;
  /** The output folder of overlays and maps. */
  folder?: string | undefined;
  overlays: boolean;
  maps: boolean;
}

interface Loaded {
  path: string;
  picture: RgbImage | undefined;
  error: string | undefined;
}

/** The bytes of a file. A pipe or a device would never end. Rejects with a DataError. */
async function readRegular(path: string): Promise<Uint8Array> {
  try {
    if ((await stat(path)).isFile()) return await readFile(path);
  } catch (error) {
    throw new DataError(`${path} cannot be read: ${fileReason(error)}`, { cause: error });
  }
  throw new DataError(`${path} cannot be read: it is a pipe or a device; pass a picture file`);
}

async function load(path: string): Promise<Loaded> {
  try {
    const bytes = await readRegular(path);
    return { path, picture: await decodeRgb(bytes, path), error: undefined };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return { path, picture: undefined, error: error.message };
  }
}

/**
 * Judges pictures in the given order; memory does not grow with their number. A picture that cannot be read
 * gives an entry with the reason, and the others continue.
 */
export async function* predict(options: PredictOptions): AsyncGenerator<Prediction> {
  const { classes, judge, width, paths, className, folders = [] } = options;
  const names = new FileNames('.png');
  const starts = Array.from({ length: Math.ceil(paths.length / BATCH) }, (_, i) => i * BATCH);
  // decoded while the model works on the previous ones
  const parts = ahead(starts, 1, (start) => Promise.all(paths.slice(start, start + BATCH).map(load)));
  const results = inOrder(parts, width, async (loaded) => {
    const pictures = loaded.flatMap(({ path, picture }) =>
      picture ? [{ image: picture, product: productHint(classes, className, path, folders) }] : [],
    );
    return { loaded, judged: await judge(pictures) };
  });
  for await (const { loaded, judged } of results) {
    let at = 0;
    for (const { path, picture, error } of loaded) {
      if (!picture) {
        yield { file: path, error: error! };
        continue;
      }
      const found = judged[at++]!;
      if (found instanceof NumericError) yield { file: path, error: found.message };
      else yield await describe(options, path, picture, found, names);
    }
  }
}

/** What a line says of a judgement, on every surface of the command line. */
export const lineOf = ({
  className,
  classSource,
  score,
  verdict,
  doubts,
  calibration,
  regions,
  width,
  height,
}: Judgement) => ({
  class: className,
  classSource,
  score,
  scoreOfLimit: scoreOfLimit(score, calibration),
  verdict,
  doubts,
  thresholds: calibration ? { review: calibration.review, reject: calibration.reject } : null,
  regions: calibration ? regions : null,
  width,
  height,
});

async function describe(
  options: PredictOptions,
  path: string,
  picture: RgbImage,
  judgement: Judgement,
  names: FileNames,
): Promise<Prediction> {
  const { folder, overlays, maps } = options;
  const { className, score, verdict, calibration, map, size } = judgement;
  const name = folder === undefined ? '' : names.of(stem(path));
  const written: { overlay?: string; map?: string } = {};
  if (folder !== undefined && overlays) {
    written.overlay = join(folder, OVERLAYS, ...(verdict === 'NG' ? [NG_FOLDER] : []), name);
    const drawn = { verdict, score, className, calibration: calibration ?? undefined };
    await writeFileAtomic(written.overlay, await overlayPng(picture, map, size, drawn));
  }
  if (folder !== undefined && maps) {
    written.map = join(folder, 'maps', name);
    await writeFileAtomic(written.map, await mapPng16(map, size));
  }
  return { file: path, ...lineOf(judgement), ...written };
}
