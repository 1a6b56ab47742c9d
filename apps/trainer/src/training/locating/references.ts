// `train --locate`: the references that pictures are aligned to, made of the good pictures of each class.
import { ahead, type Dataset, type ModelInput, type RgbImage, type Sample } from '@pyramid-mamba/data';
import { locate, REACH, referenceOf } from '@pyramid-mamba/inspect';
import { inputOf, type Locating, type LocatingReference } from '@pyramid-mamba/model';
import { UserError } from '../../errors.js';
import { say, type Io } from '../../terminal/io.js';
import { Progress } from '../../terminal/progress.js';
import type { Settings } from '../../settings/settings.js';
import { plural } from '../../text/plural.js';

/** Good pictures of a class that its reference is made of, evenly chosen. */
const MOST_PICTURES = 64;
const DECODED_AHEAD = 2;
/** Pixels whose sides differ by less count as square. */
const SQUARE = 0.01;

/** Throws a UserError for settings that pictures cannot be aligned with. */
export function requireLocatable({ model, train }: Settings): void {
  const refuse = (what: string, instead: string): never => {
    throw new UserError(`--locate: ${what}; ${instead}`);
  };
  if (model.tiles)
    refuse('parts are not found in pictures that are judged in tiles yet', 'omit --tiles or --locate');
  if (inputOf(model).fit === 'pad')
    refuse(
      'parts are found in pictures that fill the input, and --fit pad leaves a border',
      'omit --fit pad or --locate',
    );
  if ((train.augmentRotations ?? []).length > 0)
    refuse(
      'parts are turned to where they are expected, and --augment-rotations is for those that are not',
      'omit one of them',
    );
}

/** The references of all classes of a data set, of their good training pictures. Throws a UserError where those have no part in common. */
export async function locatingOf(
  by: Locating['by'],
  dataset: Pick<Dataset, 'classes' | 'train'>,
  { model }: Settings,
  io: Io,
): Promise<Locating> {
  const input = inputOf(model);
  const references = Object.create(null) as Record<string, LocatingReference>;
  const progress = new Progress(io);
  for (const className of dataset.classes) {
    const own = dataset.train.filter((sample) => sample.className === className);
    if (own.length === 0) continue;
    const chosen = evenly(own);
    const pictures: RgbImage[] = [];
    try {
      for await (const { image } of ahead(chosen, DECODED_AHEAD, (sample) => sample.load(input))) {
        pictures.push(image);
        progress.update({
          done: pictures.length,
          total: chosen.length,
          label: `locating ${className}: picture ${pictures.length} of ${chosen.length}`,
        });
      }
    } finally {
      progress.clear();
    }
    const reference = referenceFrom(className, pictures, await aspectOf(chosen[0]!, input), by);
    references[className] = reference;
    say(io, foundLine(className, pictures, { by, reach: REACH, references: { [className]: reference } }));
  }
  return { by, reach: { ...REACH }, references };
}

function referenceFrom(
  className: string,
  pictures: readonly RgbImage[],
  aspect: number,
  by: Locating['by'],
): LocatingReference {
  try {
    return referenceOf(className, pictures, aspect, { by, reach: REACH });
  } catch (error) {
    throw new UserError(`--locate: ${(error as Error).message}`, { cause: error });
  }
}

/** `locating: bottle in 30 good pictures, moved by up to 2 px, turned by up to 1.5°; it counts as found from an agreement of 0.88 on`. */
function foundLine(className: string, pictures: readonly RgbImage[], locating: Locating): string {
  const [shift, turn] = [new Set<number>([0]), new Set<number>([0])];
  for (const picture of pictures) {
    const { pose, width, height } = locate(picture, locating, className);
    shift.add(Math.max(Math.abs(pose.dx) * width, Math.abs(pose.dy) * height));
    turn.add(Math.abs(pose.turn));
  }
  const { least } = locating.references[className]!;
  return (
    `locating: ${className} in ${plural(pictures.length, 'good picture')}, moved by up to ${Math.round(Math.max(...shift))} px` +
    `${locating.by === 'turn' ? `, turned by up to ${Math.max(...turn).toFixed(1)}°` : ''}; it counts as found from an agreement of ${least.toFixed(2)} on`
  );
}

/** Width of a pixel of the input over its height, in the picture as taken. */
async function aspectOf(sample: Sample, input: ModelInput): Promise<number> {
  const { image } = await sample.load({ ...input, fit: 'pad' });
  const aspect = (image.width * input.height) / (image.height * input.width);
  return Math.abs(aspect - 1) < SQUARE ? 1 : aspect;
}

const evenly = (samples: readonly Sample[]): Sample[] => {
  const count = Math.min(MOST_PICTURES, samples.length);
  return Array.from({ length: count }, (_, i) => samples[Math.floor((i * samples.length) / count)]!);
};
