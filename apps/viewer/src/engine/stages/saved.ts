import { choosesPatches } from '@pyramid-mamba/inspect';
import {
  detectorConfigSchema,
  encoderWeightsFrom,
  readModelInfo,
  readSafetensors,
  trainConfigSchema,
  writeSafetensors,
  type CheckpointStore,
  type DetectorConfig,
  type EncoderWeights,
  type ModelInfo,
  type TrainingState,
} from '@pyramid-mamba/model';
import { z } from 'zod';
import type { TrainingFolder } from '../training/saved.js';
import type { StageModel } from '../training/types.js';
import { storedPictureSchema } from './pictures.js';

const FORMAT = 'pyramid-mamba page stages 1';
const SESSION = 'stages.json';
const ENCODER = 'encoder.safetensors';

const stageSchema = z.strictObject({
  preset: z.string(),
  model: detectorConfigSchema,
  train: trainConfigSchema,
});

const stagedSchema = z.strictObject({
  format: z.literal(FORMAT),
  name: z.string(),
  classes: z.array(z.string()),
  time: z.union([z.number().positive(), z.literal('open'), z.null()]),
  maxFalseRejects: z.number().optional(),
  /** Defects drawn for each product in a self-test; absent: the usual number. */
  drawn: z.number().int().positive().optional(),
  /** The description of the encoder. */
  encoder: z.string(),
  /** Name of the features' folder. */
  features: z.string(),
  backend: z.string(),
  bank: stageSchema,
  /** With the planned number of steps as soon as there is a plan. */
  network: stageSchema,
  /** Whether it is still to be found out which products lie in any orientation; absent where a user said it, and in older trainings. */
  orientations: z.enum(['open', 'chosen']).optional(),
  /** Whether a bank of chosen patches is still to be tried beside that of drawn ones; absent without a network, and in older trainings. */
  patches: z.enum(['open', 'chosen']).optional(),
  /** Good pictures in training order, and defective ones. */
  pictures: z.array(storedPictureSchema),
  defective: z.array(storedPictureSchema),
  /** Ids of the good pictures that the network does not learn from. */
  heldBack: z.array(z.string()),
  /** Written by earlier versions; not used. */
  labelled: z.number().int().min(0).optional(),
  /** Why the usable model is the one that it is; absent until bank and network are compared. */
  settled: z
    .strictObject({ model: z.enum(['bank', 'network', 'ensemble']), sentence: z.string() })
    .optional(),
});

/** A training in stages in the browser's storage, without pictures, features, weights and models. */
export type SavedStages = Omit<z.infer<typeof stagedSchema>, 'format'>;

/** A complete model file. */
export interface Made {
  readonly config: DetectorConfig;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly info: ModelInfo;
}

type BankSettings = Pick<SavedStages, 'orientations' | 'patches' | 'bank'>;

/** The file of the bank: that of one with copies, or of chosen patches, is another, so that settings and file change in one write. */
function bankFile({ orientations, patches, bank }: BankSettings): string {
  if (patches === 'chosen' && choosesPatches(bank.model)) return 'bank-chosen';
  return orientations === 'chosen' && bank.train.augmentRotations !== undefined ? 'bank-rotated' : 'bank';
}

const fileOf = (stage: StageModel, saved: BankSettings): string =>
  `${stage === 'bank' ? bankFile(saved) : stage}.safetensors`;

/** The files of a training in stages, in one of the folders of trainings. */
export class StagesFolder {
  constructor(readonly folder: TrainingFolder) {}

  /** undefined if there is none, or one of another version. */
  async session(): Promise<SavedStages | undefined> {
    const bytes = await this.folder.files.read(SESSION);
    if (!bytes) return undefined;
    try {
      const { format: _, ...saved } = stagedSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
      return saved;
    } catch {
      return undefined;
    }
  }

  async writeSession(saved: SavedStages): Promise<void> {
    await this.folder.files.write(
      SESSION,
      new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...saved })),
    );
  }

  /** The encoder's weights, stored completely: a file of the user may have gone. */
  async encoder({ bank }: Pick<SavedStages, 'bank'>): Promise<EncoderWeights | undefined> {
    const bytes = await this.folder.files.read(ENCODER);
    if (!bytes) return undefined;
    return encoderWeightsFrom(
      readSafetensors(bytes, 'the saved encoder').tensors,
      bank.model.encoder,
      'the saved encoder',
    );
  }

  writeEncoder(weights: EncoderWeights): Promise<void> {
    return this.folder.files.write(ENCODER, writeSafetensors(weights, {}));
  }

  /** The complete model of a stage; a damaged file is none. */
  async model(stage: StageModel, saved: BankSettings): Promise<Made | undefined> {
    const bytes = await this.folder.files.read(fileOf(stage, saved));
    if (!bytes) return undefined;
    try {
      return { bytes, ...readModelInfo(bytes, stage, { recalibrate: true }) };
    } catch {
      return undefined;
    }
  }

  writeModel(stage: StageModel, saved: BankSettings, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.folder.files.write(fileOf(stage, saved), bytes);
  }

  removeModel(stage: StageModel, saved: BankSettings): Promise<void> {
    return this.folder.files.remove(fileOf(stage, saved));
  }
}

/** The checkpoint of the network. */
export class StagesCheckpoint implements CheckpointStore {
  readonly where = 'the checkpoint';

  constructor(private readonly folder: TrainingFolder) {}

  read(): Promise<Uint8Array | undefined> {
    return this.folder.checkpoint({});
  }

  write(bytes: Uint8Array<ArrayBuffer>, state: TrainingState): Promise<void> {
    return this.folder.writeCheckpoint({}, bytes, state);
  }
}
