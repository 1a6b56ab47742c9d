import {
  encoderWeightsFrom,
  detectorConfigSchema,
  readSafetensors,
  trainConfigSchema,
  writeSafetensors,
} from '@pyramid-mamba/model';
import type { EncoderWeights, TrainingState } from '@pyramid-mamba/model';
import { z } from 'zod';
import type { Folder } from '@pyramid-mamba/runs';
import { discardAtHome, folderAtHome } from './home.js';

const FORMAT = 'pyramid-mamba page training 1';
/** A training is in one of two folders; the other receives the next one until it is complete. */
const SLOTS = ['training', 'training-2'] as const;
type Slot = (typeof SLOTS)[number];
/** A file with the name of the current folder; without it the first one is current. */
const POINTER = 'training-current';
const POINTER_FILE = 'slot';
const FEATURES = 'features';
/** All trainings' pictures, see `StoredPictures`. */
export const PICTURES = 'training-pictures';
const CHECKPOINT = 'checkpoint.safetensors';

const pictureSchema = z.strictObject({ id: z.string(), className: z.string(), hash: z.string() });

const sessionSchema = z.strictObject({
  format: z.literal(FORMAT),
  name: z.string(),
  classes: z.array(z.string()),
  model: detectorConfigSchema,
  train: trainConfigSchema,
  /** The description of the encoder in the model file. */
  encoder: z.string(),
  /** Name of the features' folder. */
  features: z.string(),
  backend: z.string(),
  /** In training order. */
  pictures: z.array(pictureSchema),
  /** Written by earlier versions; not used. */
  added: z.number().int().min(0).optional(),
  heldBack: z.array(pictureSchema),
  /** Name of its checkpoint, which only earlier versions wrote; absent: the fixed one. */
  checkpoint: z
    .string()
    .regex(/^checkpoint(-\d+)?\.safetensors$/)
    .optional(),
});

const progressSchema = z.strictObject({
  epoch: z.number().int().min(0),
  history: z.array(
    z.strictObject({
      epoch: z.number(),
      step: z.number(),
      steps: z.number(),
      loss: z.number(),
      gradNorm: z.number(),
      lr: z.number(),
      seconds: z.number(),
      imagesPerSecond: z.number(),
    }),
  ),
});

/** A training in the browser's storage, without weights and features. */
export type SavedSession = z.infer<typeof sessionSchema>;
export type SavedPicture = z.infer<typeof pictureSchema>;

async function currentSlot(): Promise<Slot> {
  const pointer = await folderAtHome(POINTER);
  const bytes = await pointer.read(POINTER_FILE);
  const named = bytes && new TextDecoder().decode(bytes);
  return SLOTS.find((slot) => slot === named) ?? SLOTS[0];
}

/** The one training of its home, a project: everything needed to resume after the tab was closed. */
export class TrainingFolder {
  private constructor(
    private readonly slot: Slot,
    /** All files of the training. */
    readonly files: Folder,
    private readonly held: Folder,
  ) {}

  private static async at(slot: Slot): Promise<TrainingFolder> {
    return new TrainingFolder(slot, await folderAtHome(slot), await folderAtHome(slot, 'held-back'));
  }

  /** The saved training. */
  static async open(): Promise<TrainingFolder> {
    return TrainingFolder.at(await currentSlot());
  }

  /** An empty folder for a new training. The saved one remains the current one until `replaceSaved`. */
  static async next(): Promise<TrainingFolder> {
    const current = await currentSlot();
    const slot = SLOTS.find((one) => one !== current)!;
    // leftovers of a closed tab's incomplete preparation
    await discardAtHome(slot);
    return TrainingFolder.at(slot);
  }

  /** Makes this complete training the saved one, replacing the previous one. */
  async replaceSaved(): Promise<void> {
    const before = await currentSlot();
    await (await folderAtHome(POINTER)).write(POINTER_FILE, new TextEncoder().encode(this.slot));
    if (before !== this.slot) await discardAtHome(before);
  }

  /** Removes the training; the features only with `everything`. */
  static async clear(everything: boolean): Promise<void> {
    for (const slot of SLOTS) await discardAtHome(slot);
    await discardAtHome(POINTER);
    if (!everything) return;
    await discardAtHome(FEATURES);
    await discardAtHome(PICTURES);
  }

  /** The folder of the features of one encoder, input size and backend. */
  static features(key: string): Promise<Folder> {
    return folderAtHome(FEATURES, key);
  }

  /** undefined if there is none, or one of another version. */
  async session(): Promise<SavedSession | undefined> {
    const bytes = await this.files.read('session.json');
    if (!bytes) return undefined;
    try {
      return sessionSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch {
      return undefined;
    }
  }

  async writeSession(session: Omit<SavedSession, 'format'>): Promise<void> {
    const text = JSON.stringify({ format: FORMAT, ...session } satisfies SavedSession);
    await this.files.write('session.json', new TextEncoder().encode(text));
  }

  /** The position of the saved training, without reading its checkpoint. */
  async progress(): Promise<z.infer<typeof progressSchema>> {
    const bytes = await this.files.read('progress.json');
    try {
      return progressSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch {
      return { epoch: 0, history: [] };
    }
  }

  /** The checkpoint of a session. */
  checkpoint({ checkpoint = CHECKPOINT }: Pick<SavedSession, 'checkpoint'>) {
    return this.files.read(checkpoint);
  }

  async writeCheckpoint(
    { checkpoint = CHECKPOINT }: Pick<SavedSession, 'checkpoint'>,
    bytes: Uint8Array<ArrayBuffer>,
    { epoch, history }: TrainingState,
  ): Promise<void> {
    await this.files.write(checkpoint, bytes);
    await this.files.write('progress.json', new TextEncoder().encode(JSON.stringify({ epoch, history })));
  }

  /** The encoder's weights are stored completely: the same seed may round differently on another backend. */
  async encoder(session: SavedSession): Promise<EncoderWeights | undefined> {
    const bytes = await this.files.read('encoder.safetensors');
    if (!bytes) return undefined;
    const where = 'the saved encoder';
    return encoderWeightsFrom(readSafetensors(bytes, where).tensors, session.model.encoder, where);
  }

  writeEncoder(weights: EncoderWeights): Promise<void> {
    return this.files.write('encoder.safetensors', writeSafetensors(weights, {}));
  }

  /** 8-bit RGB at the input size. */
  heldBack(hash: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.held.read(`${hash}.rgb`);
  }

  writeHeldBack(hash: string, rgb: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.held.write(`${hash}.rgb`, rgb);
  }
}
