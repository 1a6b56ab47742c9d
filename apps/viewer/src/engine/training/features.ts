import { normalizedPicture, type RgbImage } from '@pyramid-mamba/data';
import {
  batchTensors,
  encodeHalves,
  featureLength,
  featureShapes,
  inputOf,
  readFeatureFile,
  writeFeatureFile,
  type Features,
  type Detector,
} from '@pyramid-mamba/model';
import type { Folder } from '@pyramid-mamba/runs';

/** Below this many bytes the features of all pictures stay in memory, above it they are read from storage batch by batch. */
const IN_MEMORY_BYTES = 2 ** 29;

/** The features of the training pictures, each computed once and cached in the browser's storage as fp16. */
export class StoredFeatures {
  readonly #kept = new Map<string, Uint16Array>();
  readonly #shapes;
  readonly #length: number;
  /** Hashes of the pictures, in training order. */
  readonly hashes: string[] = [];

  constructor(
    private readonly model: Detector,
    private readonly folder: Folder,
  ) {
    this.#shapes = featureShapes(model.encoder, inputOf(model.config));
    this.#length = featureLength(this.#shapes);
  }

  get count(): number {
    return this.hashes.length;
  }

  /** Adds a picture; `load` returns its pixels at the input size and is called only if needed. Resolves to whether it was. */
  async add(hash: string, id: string, load: () => Promise<RgbImage>): Promise<boolean> {
    const stored = await this.read(hash);
    let halves = stored;
    if (!halves) {
      const input = inputOf(this.model.config);
      halves = await encodeHalves(this.model.encoder, normalizedPicture(await load()), input, id);
      await this.folder.write(`${hash}.f16`, await writeFeatureFile(halves));
    }
    this.hashes.push(hash);
    this.keep(hash, halves);
    return stored === undefined;
  }

  /** Adds pictures with cached features. Rejects if the storage has lost one. */
  async reopen(pictures: readonly { hash: string; id: string }[]): Promise<void> {
    for (const { hash, id } of pictures) {
      await this.add(hash, id, () =>
        Promise.reject(
          new Error(`the browser has cleared the features of ${id}; drop the folder again and start again`),
        ),
      );
    }
  }

  /** The features of the pictures `indices`, in that order: (b, h, w, c) tensors, the caller's to dispose. */
  async batch(indices: readonly number[]): Promise<Features> {
    const rows = await Promise.all(
      indices.map(async (index) => {
        const hash = this.hashes[index]!;
        const halves = this.#kept.get(hash) ?? (await this.read(hash));
        if (halves) return halves;
        throw new Error('the browser has cleared stored features; drop the folder again and start again');
      }),
    );
    return batchTensors(rows, this.#shapes);
  }

  private async read(hash: string): Promise<Uint16Array | undefined> {
    const file = await this.folder.read(`${hash}.f16`);
    return file && readFeatureFile(file, this.#length);
  }

  private keep(hash: string, halves: Uint16Array): void {
    if ((this.#kept.size + 1) * this.#length * 2 < IN_MEMORY_BYTES) this.#kept.set(hash, halves);
  }
}
