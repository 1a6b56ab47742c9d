// The patches of a memory bank: drawn at random for a first answer, chosen to cover all of them where there is time (docs/methods/patchcore.md).
import {
  familyOf,
  tileOf,
  type DetectorConfig,
  type ModelInfo,
  type PatchCoreConfig,
  type SelfTest,
} from '@pyramid-mamba/model';
import { findsNoFewer } from '../takeOver.js';
import { tileCount } from '../tiles/index.js';

/** Patches among which a bank is chosen: 512 MB of their projections. Of more a random part. */
const AMONG = 1_000_000;
/** Values of a projected patch, as in the preset of the whole method. */
const PROJECTED = 128;
/** A bank of more than this share of all patches covers them nearly as well however they are taken. */
const LARGE = 0.5;

/** Whether a memory bank chooses its patches instead of drawing them. */
export function choosesPatches(model: DetectorConfig): boolean {
  const { share, rows } = (model as DetectorConfig & PatchCoreConfig).coreset;
  return share < 1 || rows !== undefined;
}

/**
 * The configuration of a bank of as many patches as this one draws, chosen to cover the patches of all pictures; undefined where it holds most of them anyway,
 * and where it chooses already.
 *
 * @param pictures that are learnt, copies counted
 */
export function withChosenPatches(model: DetectorConfig, pictures: number): DetectorConfig | undefined {
  const bank = model as DetectorConfig & PatchCoreConfig;
  const { candidates } = bank.coreset;
  if (candidates === null || choosesPatches(model)) return undefined;
  const { height, width } = tileOf(model);
  const stride = familyOf(bank.encoder).contract(bank.encoder).strides[bank.levels[0]!]!;
  const patches = pictures * tileCount(model) * (height / stride) * (width / stride);
  if (candidates > LARGE * patches) return undefined;
  const coreset = { ...bank.coreset, rows: candidates, projection: PROJECTED, candidates: AMONG };
  return { ...bank, coreset } as DetectorConfig;
}

/** A bank of chosen patches that may take the place of one of drawn ones. */
export interface ChosenPatches<T> {
  /** Whether rotated and mirrored copies are left out, which the bank of drawn patches has: they take rows from what other products' pictures show. */
  readonly withoutCopies: boolean;
  /** Makes and tests it. @param drawn the self-test of the bank of drawn patches, for `TestOptions.resembling` */
  make(drawn: SelfTest): Promise<T>;
}

/**
 * The first bank of chosen patches whose self-test is no worse than that of the bank of drawn ones; undefined where there is none. Chosen ones tell defects
 * better in the method's paper and on the pictures of docs/methods/patchcore.md, so that they stay where the self-test leaves open which is better.
 *
 * @param tried one after the other
 * @param say told what is tried and what came of it, a sentence each
 */
export async function chosenIfNoWorse<
  T extends { readonly info: Pick<ModelInfo, 'selfTest'> },
  C extends ChosenPatches<T>,
>(
  drawn: T,
  tried: readonly C[],
  say: (sentence: string) => void,
): Promise<{ readonly by: C; readonly made: T } | undefined> {
  for (const by of tried) {
    const without = by.withoutCopies ? ', without rotated and mirrored copies,' : '';
    say(
      `patches: those of the memory bank were drawn at random; one of as many that are chosen to cover all of them${without} is tried`,
    );
    const { selfTest = {} } = drawn.info;
    const made = await by.make(selfTest);
    const { takesOver, reason } = findsNoFewer(selfTest, made.info.selfTest ?? {});
    say(`patches: chosen ones ${takesOver ? 'stay' : 'are left out'}: ${reason}`);
    if (takesOver) return { by, made };
  }
  return undefined;
}
