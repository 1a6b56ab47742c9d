import { MIB, partsOf, RunError, type RunFiles } from './files.js';
import { levelBytes, readLevels } from './levels.js';
import { MAX_MODEL, modelBytes } from './modelFile.js';
import { readManifest, type Manifest, type ManifestItem } from './manifest.js';
import { findFile, needFile, readFile, readPicture, type PictureFile } from './readFile.js';
import { readCurves, readMetrics } from './results.js';
import type { Item, OpenRun } from './types.js';

const MAX_MANIFEST = 128 * MIB;
const MAX_PICTURE = 16 * MIB;
const MAX_RESULTS = 32 * MIB;

const FOLDER = 'viewer/';

/** Opens a run. Rejects with one sentence for any error in it. */
export async function openRun(files: RunFiles, example = false): Promise<OpenRun> {
  const manifest = await manifestOf(files);
  const results = async <T>(path: string, read: (text: string, where: string) => T): Promise<T | null> => {
    const file = await readFile(await findFile(files, path, MAX_RESULTS));
    return file && read(await file.text(), `${path} of ${files.name}`);
  };
  const { dataset, classes, size, sigma, scale, calibration } = manifest;
  return {
    name: example ? 'the example' : files.name,
    example,
    dataset,
    classes,
    size,
    sigma,
    scale,
    calibration,
    items: manifest.items.map((item) => openItem(files, manifest, item)),
    async model() {
      const file = await readFile(await findFile(files, 'model.safetensors', MAX_MODEL));
      if (!file) throw new RunError(`${files.name} has no model.safetensors; open the model file itself`);
      return modelBytes(file, `model.safetensors of ${files.name}`);
    },
    metrics: () => results('metrics.json', readMetrics),
    curves: () => results('curves.json', readCurves),
  };
}

async function manifestOf(files: RunFiles): Promise<Manifest> {
  const path = `${FOLDER}viewer.json`;
  const file = await readFile(await findFile(files, path, MAX_MANIFEST));
  if (file) return readManifest(await file.text(), `${path} of ${files.name}`);
  const begun = await readFile(await findFile(files, 'config.json', MAX_RESULTS));
  throw new RunError(
    begun
      ? `${files.name} is a run without ${path}: it was not evaluated, or evaluated by an older version; run \`pyramid-mamba evaluate\` on it`
      : `${files.name} is not a run: expected a folder with ${path}, as \`pyramid-mamba evaluate\` writes it`,
  );
}

function openItem(files: RunFiles, { size, levels: shapes }: Manifest, item: ManifestItem): Item {
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
    hasMask: item.mask !== null,
    image: () => picture(item.picture),
    mask: async () => (item.mask === null ? null : readPicture(await picture(item.mask))),
    async levels() {
      if (item.levels === null || shapes.length === 0) return null;
      const file = await needFile(await findFile(files, FOLDER + item.levels, levelBytes(shapes)));
      return readLevels(await file.arrayBuffer(), shapes, item.levels);
    },
  };
}
