import { methodOf, readModelInfo, type DetectorConfig, type ModelInfo } from '@pyramid-mamba/model';
import { MAX_CLASSES, MAX_NAME, MAX_SIGMA, MAX_SIZE, MIB } from '@pyramid-mamba/runs';

/** Maximum size of a model file: the largest preset takes a tenth of it. */
export const MAX_MODEL = 1024 * MIB;

/** A model file's bytes. Rejects with a sentence if it is larger than any model, before reading it. */
export async function modelBytes(file: Blob, where: string): Promise<Uint8Array<ArrayBuffer>> {
  if (file.size > MAX_MODEL) {
    throw new Error(
      `${where} has ${Math.ceil(file.size / MIB)} MiB, more than the ${MAX_MODEL / MIB} MiB a model may have; choose a model.safetensors`,
    );
  }
  return new Uint8Array(await file.arrayBuffer());
}

/**
 * The metadata of a model file, checked against the page's limits: a config is a few numbers, and each of them can request any
 * amount of memory or time. Throws one sentence for any error in it; `where` names it.
 */
export function openableModel(bytes: Uint8Array, where: string): { config: DetectorConfig; info: ModelInfo } {
  const read = readModelInfo(bytes, where);
  const { inputSize, map } = read.config;
  const { classes } = read.info;
  const most = (what: string, value: number, limit: number) => {
    if (value <= limit) return;
    throw new Error(
      `${where}: its ${what} is ${value}, and this page supports at most ${limit}; open a model that pyramid-mamba trained`,
    );
  };
  most('input size', inputSize, MAX_SIZE);
  most('map’s sigma', map.sigma, MAX_SIGMA);
  for (const extent of methodOf(read.config).extents(read.config))
    most(extent.what, extent.value, extent.most);
  most('number of classes', classes.length, MAX_CLASSES);
  for (const name of classes) most('longest class name', name.length, MAX_NAME);
  return read;
}
