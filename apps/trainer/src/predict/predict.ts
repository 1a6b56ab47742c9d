import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ahead, DataError, type RgbImage } from '@pyramid-mamba/data';
import { decodeRgb, fileReason, writeFileAtomic } from '@pyramid-mamba/data/node';
import { inOrder, type InspectedPicture, type Judgement } from '@pyramid-mamba/inspect';
import { FileNames, stem } from '../text/fileNames.js';
import { lineOf, type Line } from './line.js';
import { mapPng16, overlayPng } from './draw.js';
import { NG_FOLDER, OVERLAYS } from './replaced.js';
import { productHint } from './folderClass.js';

/** Pictures judged at once. */
export const BATCH = 4;

/** One line of output. */
export type Prediction =
  | (Line & {
      file: string;
      /** Additional files, on request. */
      overlay?: string;
      map?: string;
    })
  | { file: string; error: string };

export interface PredictOptions {
  /** The model's. */
  classes: readonly string[];
  /** As `Inspector.judge`. */
  judge: (pictures: readonly InspectedPicture[]) => Promise<(Judgement | Error)[]>;
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
      if (found instanceof Error) yield { file: path, error: found.message };
      else yield await describe(options, path, picture, found, names);
    }
  }
}

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
