import * as tf from '@tensorflow/tfjs-core';
import { createEncoder, withFamily } from '../../encoders/registry.js';
import type { Encoder, EncoderWeights, Features } from '../../encoders/types.js';
import { FormatError } from '../../errors.js';
import { checked } from '../../files/checked.js';
import { floatsOf, type HostTensor } from '../../files/safetensors.js';
import type { LevelMap } from '../../inference/levels.js';
import type { HostArray } from '../../nn/params.js';
import type { BankDetector, Extended, ExtendOptions, FeatureSource, FitOptions, Origins } from '../types.js';
import { patchCoreConfigSchema, patchDims, type PatchCoreConfig } from './config.js';
import { exchangedRows } from './coreset/exchange.js';
import { embed } from './embedding/embed.js';
import { fitBank } from './fit.js';
import { NeighbourSearch, type Neighbours } from './neighbours.js';
import { patchScores, patchWeight } from './score.js';

/** The bank's name in files: (rows, values of a patch). */
export const BANK = 'bank.rows';

/** PatchCore (Roth et al., "Towards total recall in industrial anomaly detection", 2022): a memory bank of patches of good pictures. */
export class PatchCore implements BankDetector<PatchCoreConfig> {
  readonly method = 'patchcore';
  readonly config: PatchCoreConfig;
  readonly encoder: Encoder;
  readonly #dims: number;
  #search: NeighbourSearch | undefined;
  /** The training picture of each row, after a fit: a file has no such list. */
  #pictures: Int32Array | undefined;
  /** The rows of each training picture, once some were left out. */
  #rowsOf: Map<number, number[]> | undefined;
  /** The rows around a row of the bank, which `reweight` needs: computed when a patch is first nearest to it. */
  readonly #around = new Map<number, Int32Array>();

  private constructor(config: PatchCoreConfig, weights: EncoderWeights) {
    const valid = checked<PatchCoreConfig>(patchCoreConfigSchema, config, 'model config');
    this.config = { ...valid, encoder: withFamily(valid.encoder) };
    this.encoder = createEncoder(this.config.encoder, weights);
    this.#dims = patchDims(this.config, this.encoder);
  }

  /** A detector without a bank: `fit` it. */
  static create(config: PatchCoreConfig, encoder: EncoderWeights): PatchCore {
    return new PatchCore(config, encoder);
  }

  /**
   * A detector with the given bank.
   * @throws FormatError where the bank is missing, empty or of another shape
   */
  static load(
    config: PatchCoreConfig,
    encoder: EncoderWeights,
    tensors: ReadonlyMap<string, HostTensor>,
    where: string,
  ): PatchCore {
    const detector = new PatchCore(config, encoder);
    try {
      detector.#keep(bankOf(tensors, detector.#dims, where));
    } catch (error) {
      detector.dispose();
      throw error;
    }
    return detector;
  }

  encode(images: tf.Tensor4D): Features {
    return this.encoder.encode(images);
  }

  async fit(source: FeatureSource, options: FitOptions): Promise<void> {
    const bank = await fitBank(
      this.config,
      this.#dims,
      source,
      (features) => this.#patches(features),
      options,
    );
    this.#keep(bank.rows);
    this.#know(bank.pictures);
  }

  async extend(source: FeatureSource, options: ExtendOptions): Promise<Extended> {
    const bank = await exchangedRows(
      { search: this.#fitted(), config: this.config },
      source,
      (features) => this.#patches(features),
      options,
    );
    this.#keep(bank.rows);
    this.#know(bank.pictures);
    return { rows: bank.taken, farther: bank.farther };
  }

  get knowsPictures(): boolean {
    return this.#pictures !== undefined;
  }

  get origins(): Origins | undefined {
    return this.#pictures && new Map([[BANK, this.#pictures]]);
  }

  remember(origins: Origins): void {
    const { rows } = this.#fitted();
    const pictures = origins.get(BANK);
    if (pictures?.length !== rows)
      throw new RangeError(
        `patchcore: the bank has ${rows} rows, got the pictures of ${pictures?.length ?? 0}.`,
      );
    this.#know(pictures);
  }

  /** Distances of the patches to the bank; for the score `patch` also the weight of each in the score. */
  async levels(features: Features): Promise<LevelMap[][]> {
    const [pictures, height, width] = features[this.config.levels[0]!]!.shape;
    const patches = this.#patches(features);
    try {
      const maps = await this.#maps(patches);
      const size = height * width;
      return Array.from({ length: pictures }, (_, b) =>
        maps.map((data) => ({ height, width, data: data.slice(b * size, (b + 1) * size) })),
      );
    } finally {
      patches.dispose();
    }
  }

  async levelsWithout(features: Features, leftOut: readonly (readonly number[])[]): Promise<LevelMap[][]> {
    if (!this.#pictures)
      throw new Error(
        'patchcore: the bank does not know its pictures; only a bank that was just fitted does.',
      );
    const [, height, width] = features[this.config.levels[0]!]!.shape;
    const patches = this.#patches(features);
    const size = height * width;
    try {
      const found: LevelMap[][] = [];
      for (const [b, pictures] of leftOut.entries()) {
        const own = tf.slice(patches, [b * size, 0], [size, this.#dims]);
        try {
          const maps = await this.#maps(own, this.#without(pictures));
          found.push(maps.map((data) => ({ height, width, data })));
        } finally {
          own.dispose();
        }
      }
      return found;
    } finally {
      patches.dispose();
    }
  }

  stateDict(): Promise<Map<string, HostArray>> {
    const { bank, rows } = this.#fitted();
    return Promise.resolve(new Map([[BANK, { shape: [rows, this.#dims], data: bank }]]));
  }

  dispose(): void {
    this.#search?.dispose();
    this.#search = undefined;
    this.encoder.dispose();
  }

  #know(pictures: Int32Array): void {
    this.#pictures = pictures;
    this.#rowsOf = undefined;
  }

  /** For each row 1 where it is of one of the pictures: of a large bank only their rows are touched. */
  #without(pictures: readonly number[]): Uint8Array {
    const origins = this.#pictures!;
    this.#rowsOf ??= rowsByPicture(origins);
    const without = new Uint8Array(origins.length);
    for (const picture of pictures) for (const row of this.#rowsOf.get(picture) ?? []) without[row] = 1;
    return without;
  }

  /** The maps of patches, one value a patch. @param without 1 for each row of the bank that does not count */
  async #maps(patches: tf.Tensor2D, without?: Uint8Array): Promise<Float32Array[]> {
    const { neighbours, distance, score } = this.config;
    const found = await this.#fitted().nearest(patches, neighbours, without);
    const maps = [patchScores(found.squared, found.k, distance)];
    if (score === 'patch') maps.push(await this.#weights(patches, found, without));
    return maps;
  }

  #keep(bank: Float32Array): void {
    this.#search?.dispose();
    this.#pictures = undefined;
    this.#around.clear();
    this.#search = new NeighbourSearch(bank, this.#dims);
  }

  #fitted(): NeighbourSearch {
    if (!this.#search)
      throw new Error('patchcore: the memory bank is empty; fit the detector or load one that was fitted.');
    return this.#search;
  }

  #patches(features: Features): tf.Tensor2D {
    return embed(
      this.config.levels.map((level) => features[level]!),
      this.config.embedding,
    );
  }

  /** The weight of every patch: areas may make any of them the largest. */
  async #weights(
    patches: tf.Tensor2D,
    { k, indices }: Neighbours,
    without?: Uint8Array,
  ): Promise<Float32Array> {
    const count = patches.shape[0];
    const { reweight } = this.config;
    if (reweight === null) return new Float32Array(count).fill(1);
    const nearest = Array.from({ length: count }, (_, p) => indices[p * k]!);
    // without some rows, others are around: those are not kept
    const around = without ? new Map<number, Int32Array>() : this.#around;
    await this.#lookAround(nearest, reweight, around, without);
    const data = await patches.data<'float32'>();
    const { bank } = this.#fitted();
    return Float32Array.from(nearest, (row, p) =>
      patchWeight({ data, at: p * this.#dims }, bank, this.#dims, row, around.get(row)!),
    );
  }

  async #lookAround(
    rows: readonly number[],
    reweight: number,
    around: Map<number, Int32Array>,
    without?: Uint8Array,
  ): Promise<void> {
    const search = this.#fitted();
    const missing = [...new Set(rows)].filter((row) => !around.has(row));
    if (missing.length === 0) return;
    const dims = this.#dims;
    const data = new Float32Array(missing.length * dims);
    missing.forEach((row, i) => data.set(search.bank.subarray(row * dims, (row + 1) * dims), i * dims));
    const queries = tf.tensor2d(data, [missing.length, dims]);
    try {
      const { k, indices } = await search.nearest(queries, reweight, without);
      missing.forEach((row, i) => around.set(row, indices.slice(i * k, (i + 1) * k)));
    } finally {
      queries.dispose();
    }
  }
}

function rowsByPicture(origins: Int32Array): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  origins.forEach((picture, row) => {
    const own = rows.get(picture);
    if (own) own.push(row);
    else rows.set(picture, [row]);
  });
  return rows;
}

function bankOf(tensors: ReadonlyMap<string, HostTensor>, dims: number, where: string): Float32Array {
  const tensor = tensors.get(BANK);
  if (!tensor)
    throw new FormatError(
      `${where}: the memory bank ${BANK} is missing; the file does not match its method.`,
    );
  const [rows, values] = tensor.shape;
  if (tensor.shape.length !== 2 || values !== dims || rows === 0)
    throw new FormatError(
      `${where}: ${BANK} must have the shape (rows, ${dims}) with at least one row, got (${tensor.shape.join(', ')}).`,
    );
  return floatsOf(tensor, `${where}: ${BANK}`);
}
