import { DataError } from '../errors.js';
import { sha256Hex } from '../sha256.js';
import { fitMask, fitRgb, modelInput } from '../pixels/fit.js';
import type { Dataset, LoadedSample, ModelInput, Sample } from '../types.js';
import { productOf, syntheticClasses } from './classes.js';
import { renderSynthetic, SYNTHETIC_VERSION, type SyntheticRecipe } from './render.js';

/** The size of the data set; every count is an integer >= 0. */
export interface SyntheticOptions {
  /** Seed of the whole data set, default 1. */
  readonly seed?: number;
  /** Good training pictures per class, default 40. */
  readonly trainPerClass?: number;
  /** Good test pictures per class, default 12. */
  readonly testGoodPerClass?: number;
  /** Test pictures per defect type and class, default 5. */
  readonly testPerDefect?: number;
  /** Classes to draw, default all; also variants of them (`syntheticVariants`). An unknown name is a `DataError`. */
  readonly classes?: readonly string[];
}

/** Pieces of one defect type are numbered from a multiple of this, so that no two test pictures show the same piece. */
const BLOCK = 1_000_000;

/**
 * The embedded multi-class inspection data set: drawn, not photographed; no file, no download. Training pictures are all
 * good. Each sample is drawn when it is loaded, square, at the requested size, and stretched only if that is not square. `hash()` is the SHA-256 of the sample's recipe and
 * of `SYNTHETIC_VERSION`, which together decide every byte at a given size.
 */
export function syntheticDataset(options: SyntheticOptions = {}): Dataset {
  const { seed = 1, trainPerClass = 40, testGoodPerClass = 12, testPerDefect = 5 } = options;
  for (const [name, count] of Object.entries({ trainPerClass, testGoodPerClass, testPerDefect })) {
    if (Number.isInteger(count) && count >= 0 && count < BLOCK) continue;
    throw new DataError(`syntheticDataset: ${name} must be an integer from 0 to ${BLOCK - 1}, got ${count}.`);
  }
  const classes = [...(options.classes ?? syntheticClasses)];
  const train: Sample[] = [];
  const test: Sample[] = [];
  for (const className of classes) {
    const { defects } = productOf(className);
    for (let k = 0; k < trainPerClass; k++) {
      train.push(sampleOf({ className, seed, split: 'train', index: k, defect: 'good' }, k));
    }
    for (let k = 0; k < testGoodPerClass; k++) {
      test.push(sampleOf({ className, seed, split: 'test', index: k, defect: 'good' }, k));
    }
    defects.forEach((defect, d) => {
      for (let k = 0; k < testPerDefect; k++) {
        test.push(sampleOf({ className, seed, split: 'test', index: (d + 1) * BLOCK + k, defect }, k));
      }
    });
  }
  return {
    name: 'synthetic',
    root: `synthetic-v${SYNTHETIC_VERSION}-seed${seed}`,
    classes,
    train,
    test,
    licence: 'Apache-2.0',
  };
}

/** The sample of a recipe; `number` is its index among its defect type, for the id. */
function sampleOf(recipe: SyntheticRecipe, number: number): Sample {
  const { className, seed, split, index, defect } = recipe;
  return {
    id: `${className}/${split}/${defect}/${String(number).padStart(3, '0')}`,
    className,
    label: defect === 'good' ? 0 : 1,
    defect,
    load: (input) => Promise.resolve().then(() => drawn(recipe, modelInput(input))),
    hash: () => sha256Hex(`synthetic/v${SYNTHETIC_VERSION}/${className}/${seed}/${split}/${index}/${defect}`),
  };
}

function drawn(recipe: SyntheticRecipe, input: ModelInput): LoadedSample {
  const { width, height } = input;
  if (input.fit === 'pad') return renderSynthetic({ ...recipe, size: Math.min(width, height) });
  const found = renderSynthetic({ ...recipe, size: Math.max(width, height) });
  return width === height ? found : { image: fitRgb(found.image, input), mask: fitMask(found.mask, input) };
}
