// A training in stages: a memory bank, which is a model to use at once, then a network, which takes its place where it tests better.
import { familyOf, inputOf, methodOf, type DetectorConfig, type PatchCoreConfig } from '@pyramid-mamba/model';

/** Seconds that the network is given by default. */
export const DEFAULT_SECONDS = 600;

/** The share of good pictures that the network holds back by default: it is compared with the bank on them. */
export const HELD_BACK = 0.2;

/** Rows of the bank for each class, where its preset would leave fewer: docs/scaling.md. */
const ROWS_PER_CLASS = 64;

/** Of more patches of the training pictures the bank's rows are chosen, not drawn at random: docs/methods/patchcore.md#results. */
const DRAWN_FROM_AT_MOST = 65_536;
/** Those are chosen among so many patches, drawn at random: choosing among all would take longer than the first answer may. */
const CHOSEN_AMONG = 131_072;
const CHOSEN_ROWS = 12_288;
/** Values of a patch, projected, that the choice compares; as the preset `patchcore`. */
const VALUES_COMPARED = 128;
/** The choice takes what is rare in all pictures together, whatever its class: with many classes some would get next to no rows. */
const MOST_CLASSES_CHOSEN = 20;

/**
 * The configuration of a bank of so many classes and good pictures: its preset bounds the rows of all classes together, which would leave few for each of
 * many, and draws them at random, which overlooks what is rare where there are many pictures.
 */
export function withRowsFor(model: DetectorConfig, classes: number, pictures: number): DetectorConfig {
  const bank = model as DetectorConfig & PatchCoreConfig;
  const { candidates } = bank.coreset;
  if (candidates === null) return model;
  const patches = pictures * patchesOf(bank);
  if (!bank.tiles && patches > DRAWN_FROM_AT_MOST && classes <= MOST_CLASSES_CHOSEN)
    return {
      ...bank,
      coreset: {
        ...bank.coreset,
        share: CHOSEN_ROWS / patches,
        projection: VALUES_COMPARED,
        candidates: CHOSEN_AMONG,
      },
    } as DetectorConfig;
  if (candidates >= ROWS_PER_CLASS * classes) return model;
  return { ...bank, coreset: { ...bank.coreset, candidates: ROWS_PER_CLASS * classes } } as DetectorConfig;
}

/** Patches of a picture that fills the input. */
function patchesOf(bank: PatchCoreConfig): number {
  const { height, width } = inputOf(bank);
  const stride = familyOf(bank.encoder).contract(bank.encoder).strides[bank.levels[0]!]!;
  return Math.ceil(height / stride) * Math.ceil(width / stride);
}

/** The methods of the stages, in order, each with its preset. */
export const STAGES = [
  { method: 'patchcore', preset: 'fast' },
  { method: methodOf({}).name, preset: 'tiny' },
] as const;
