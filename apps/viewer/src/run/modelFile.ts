import { MIB } from '@pyramid-mamba/runs';

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
