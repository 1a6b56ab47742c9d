import { LARGEST_SCORE } from '@pyramid-mamba/model';
import {
  filesOf,
  findFile,
  levelBytes,
  MIB,
  MOST,
  needFile,
  partsOf,
  readCurves,
  readFile,
  readLevels,
  readManifest,
  readMetrics,
  RunError,
  type Manifest,
  type ManifestItem,
  type RunFiles,
} from '@pyramid-mamba/runs';
import { MAX_MODEL, modelBytes } from './modelFile.js';
import { readPicture, type PictureFile } from './readPicture.js';
import type { Item, OpenRun } from './types.js';

const MAX_PICTURE = 16 * MIB;

const FOLDER = 'viewer/';

/** Opens a run. Rejects with one sentence for any error in it. */
export async function openRun(files: RunFiles, example = false): Promise<OpenRun> {
  const manifest = await manifestOf(files);
  const {
    dataset,
    classes,
    width,
    height,
    sigma,
    scale,
    calibration,
    model: config,
    largestScore,
    distrust,
  } = manifest;
  return {
    name: example ? 'the example' : files.name,
    example,
    dataset,
    classes,
    input: { width, height },
    sigma,
    config,
    largestScore: largestScore === undefined ? LARGEST_SCORE : (largestScore ?? Infinity),
    scale,
    calibration,
    distrust,
    items: manifest.items.map((item) => openItem(files, manifest, item)),
    async model() {
      const file = await readFile(await findFile(files, 'model.safetensors', MAX_MODEL));
      if (!file) throw new RunError(`${files.name} has no model.safetensors; open the model file itself`);
      return modelBytes(file, `model.safetensors of ${files.name}`);
    },
    metrics: async () => (await readMetrics(filesOf(files))) ?? null,
    curves: async () => (await readCurves(filesOf(files))) ?? null,
  };
}

async function manifestOf(files: RunFiles): Promise<Manifest> {
  const path = `${FOLDER}viewer.json`;
  const file = await readFile(await findFile(files, path, MOST.manifest));
  if (file) return readManifest(await file.text(), `${path} of ${files.name}`);
  const begun = await readFile(await findFile(files, 'config.json', MOST.json));
  throw new RunError(
    begun
      ? `${files.name} is a run without ${path}: it was not evaluated, or evaluated by an older version; run \`pyramid-mamba evaluate\` on it`
      : `${files.name} is not a run: expected a folder with ${path}, as \`pyramid-mamba evaluate\` writes it`,
  );
}

function openItem(files: RunFiles, { levels: shapes }: Manifest, item: ManifestItem): Item {
  const size = { width: item.width, height: item.height };
  const picture = async (path: string): Promise<PictureFile> => ({
    ...(await findFile(files, FOLDER + path, MAX_PICTURE)),
    size,
  });
  // rejected when the run is opened, not when the picture is shown
  for (const path of [item.picture, item.mask, item.levels]) if (path !== null) partsOf(path);
  return {
    id: item.id,
    file: item.file,
    className: item.class,
    label: item.label,
    defect: item.defect,
    score: item.score,
    blank: item.blank,
    lost: item.lost,
    doubts: item.doubts,
    fit: item.fit,
    hasMask: item.mask !== null,
    size,
    image: () => picture(item.picture),
    mask: async () => (item.mask === null ? null : readPicture(await picture(item.mask))),
    async levels() {
      if (item.levels === null || shapes.length === 0) return null;
      const file = await needFile(await findFile(files, FOLDER + item.levels, levelBytes(shapes)));
      return readLevels(new Uint8Array(await file.arrayBuffer()), shapes, item.levels);
    },
  };
}
