import { readFileSync } from 'node:fs';
import { normalizedPicture, shuffle, seededRandom, type Sample } from '@pyramid-mamba/data';
import { openFolder } from '@pyramid-mamba/data/node';
import { crossScore, type SelfTestRecord } from '@pyramid-mamba/inspect';
import { measure } from '@pyramid-mamba/inspect';
import {
  encoderWeightsFrom,
  imageTensor,
  inputOf,
  methodOf,
  readSafetensors,
  seededEncoderWeights,
  type BankDetector,
  type EncoderWeights,
  type PatchCoreConfig,
} from '@pyramid-mamba/model';

/** A memory bank of one product, good or weak. */
export interface ModelPlan {
  readonly product: string;
  /** `untrained`, or a name that has a file. */
  readonly encoder: string;
  readonly side: number;
  /** Rows of the bank, of all pictures' patches at random. */
  readonly rows: number;
  /** They are chosen instead, as PatchCore's coreset is. */
  readonly chosen?: true;
}

/** What a model said of good pictures, drawn defects and real ones. */
export interface Measured {
  readonly plan: ModelPlan;
  /** Without the sampled pixels. */
  readonly records: readonly SelfTestRecord[];
  readonly real: readonly { readonly label: 0 | 1; readonly score: number }[];
  readonly seconds: number;
}

const GOOD = 30;
const MOST_DEFECTIVE = 30;
const MOST_UNSEEN = 20;
const SEED = { seed: 1, random: 2 } as const;
const ENCODER = { family: 'resnet', arch: 'resnet18', width: 64 } as const;
const NEXT = { invalid: 'try another backend' };

const configOf = ({ side, rows, chosen }: ModelPlan): PatchCoreConfig => ({
  ...(methodOf({ method: 'patchcore' }).presets['patchcore']!.model as PatchCoreConfig),
  inputSize: side,
  encoder: ENCODER,
  coreset: chosen
    ? { share: rows / (GOOD * (side / 8) ** 2), start: 'exact', projection: 128, candidates: null }
    : { share: 1, start: 'exact', projection: null, candidates: rows },
  map: { sigma: side / 64 },
});

/** At most `count` items, evenly spaced. */
const spread = <T>(items: readonly T[], count: number): T[] =>
  items.length <= count
    ? [...items]
    : Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);

async function weightsOf(encoder: string, files: Readonly<Record<string, string>>): Promise<EncoderWeights> {
  if (encoder === 'untrained') return seededEncoderWeights(ENCODER, SEED);
  const file = files[encoder];
  if (file === undefined)
    throw new Error(`no file for the encoder ${encoder}: pass --encoder ${encoder}=FILE`);
  return encoderWeightsFrom(readSafetensors(readFileSync(file), file).tensors, ENCODER, file);
}

/**
 * Fits a memory bank to thirty good pictures (drawn by `seed`), tests it with drawn defects, and lets it judge at most thirty real defective and twenty
 * unseen good pictures.
 */
export async function measureModel(
  plan: ModelPlan,
  data: string,
  files: Readonly<Record<string, string>>,
  { seed, budget }: { seed: number; budget: number },
): Promise<Measured> {
  const begun = performance.now();
  const { dataset } = await openFolder(data);
  const own = (samples: readonly Sample[]) => samples.filter(({ className }) => className === plan.product);
  const all = shuffle(own(dataset.train), seededRandom('study', seed));
  const train = all.slice(0, GOOD);
  const config = configOf(plan);
  const input = inputOf(config);
  const model = methodOf(config).create(config, await weightsOf(plan.encoder, files), SEED) as BankDetector;
  try {
    await model.fit(
      {
        count: train.length,
        batch: async (indices) => {
          const loaded = await Promise.all(indices.map((i) => train[i]!.load(input)));
          const images = imageTensor(
            loaded.map(({ image }) => normalizedPicture(image)),
            input,
          );
          const features = model.encode(images);
          images.dispose();
          return features;
        },
      },
      { seed: SEED },
    );
    const pictures = train.map((sample, i) => ({
      className: plan.product,
      id: sample.id,
      load: async (at: typeof input) => (await sample.load(at)).image,
      trainedAs: [i],
    }));
    const records = await crossScore(model, pictures, { next: NEXT, seed, budget, batch: 2 });
    const tests = own(dataset.test);
    const shown = [
      ...spread(
        tests.filter(({ label }) => label === 1),
        MOST_DEFECTIVE,
      ),
      // good pictures that the model was not fitted to are unseen, whatever the data set calls them
      ...[...tests.filter(({ label }) => label === 0), ...all.slice(GOOD)].slice(0, MOST_UNSEEN),
    ];
    const real: { label: 0 | 1; score: number }[] = [];
    for (const sample of shown) {
      const { image } = await sample.load(input);
      const [judged] = await measure(model, [image], NEXT);
      real.push({ label: sample.label, score: judged!.score });
    }
    const seconds = (performance.now() - begun) / 1000;
    return {
      plan,
      records: records.map((one) => ({ ...one, thinned: undefined }) as unknown as SelfTestRecord),
      real,
      seconds,
    };
  } finally {
    model.dispose();
  }
}
