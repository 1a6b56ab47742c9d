// The labelled pictures of `learn`: files, judged by the model as it is, each with its product.
import { resolve } from 'node:path';
import { isBlank, type RgbImage, type Sample } from '@pyramid-mamba/data';
import { decodeRgb, fileSample, readPicture } from '@pyramid-mamba/data/node';
import {
  locate,
  NO_PRODUCT,
  shortDigest,
  type Inspector,
  type LabelledPicture,
} from '@pyramid-mamba/inspect';
import type { Verdict } from '@pyramid-mamba/metrics';
import { UserError } from '../errors.js';
import { AUTO, productHint } from '../predict/folderClass.js';
import { picturePaths } from '../predict/paths.js';
import type { KnownTrained } from '../evaluation/unseen.js';

/** A picture of which a person said whether it is good. */
export interface Labelled extends LabelledPicture {
  path: string;
  /** SHA-256 of its file and of its pixels. */
  hash: string;
  pixels: string;
  /** Of the model of before; null without thresholds. */
  verdict: Verdict | null;
}

interface Given {
  path: string;
  label: Labelled['label'];
  folders: readonly string[];
  sample: Sample;
  hash: string;
  pixels: string;
}

/** Pictures judged at once. */
const BATCH = 4;

/**
 * Reads pictures and asks the model for product and verdict of each. Throws a UserError for one that nothing can be learnt from: unreadable,
 * blank, given as both, of an unclear product, or learnt as what it is now said not to be. Pictures that the model has learnt as what they are
 * are left out with a note.
 *
 * @param product of all pictures; undefined where folders, or the model, decide
 */
export async function labelledPictures(
  inspector: Inspector,
  { good, bad }: { good: readonly string[]; bad: readonly string[] },
  product: string | undefined,
  trained: KnownTrained | undefined,
  note: (sentence: string) => void,
): Promise<Labelled[]> {
  const given = [...(await read(good, 'good', note)), ...(await read(bad, 'defective', note))];
  const labels = new Map<string, Given>();
  for (const one of given) {
    const before = labels.get(one.pixels);
    if (before && before.label !== one.label)
      throw new UserError(
        `learn: ${one.path} is given as good and as defective (${before.path}); omit one of them`,
      );
    labels.set(one.pixels, one);
  }
  const isTrained = ({ hash, pixels }: Given) =>
    trained !== undefined &&
    (trained.pictures.has(shortDigest(hash)) || trained.pixels?.has(shortDigest(pixels)) === true);
  const unique = [...labels.values()];
  const learntAs = ({ hash, pixels }: Given): Given['label'] =>
    [hash, pixels].some((one) => trained?.defective?.has(shortDigest(one))) ? 'defective' : 'good';
  const known = unique.filter(isTrained);
  const other = known.find((one) => one.label !== learntAs(one));
  if (other)
    throw new UserError(
      `learn: ${other.path} is given as ${other.label}, but the model has learnt it as ${learntAs(other)}, which cannot be taken back; ` +
        'train again without it',
    );
  for (const label of ['good', 'defective'] as const) {
    const own = known.filter((one) => one.label === label);
    if (own.length > 0)
      note(`${own.length} ${label} pictures are left out, the model has learnt them (first ${own[0]!.path})`);
  }
  const left = unique.filter((one) => !isTrained(one));
  const found: Labelled[] = [];
  for (let at = 0; at < left.length; at += BATCH)
    found.push(...(await judged(inspector, left.slice(at, at + BATCH), product)));
  return found;
}

async function read(
  paths: readonly string[],
  label: Given['label'],
  note: (sentence: string) => void,
): Promise<Given[]> {
  if (paths.length === 0) return [];
  const { pictures, folders } = await picturePaths(paths, note);
  const given: Given[] = [];
  for (const path of pictures) {
    const record = {
      id: path,
      className: '',
      defect: label === 'good' ? 'good' : 'defective',
      path,
      masks: [],
    };
    const sample = fileSample(record);
    given.push({
      path,
      label,
      folders,
      sample,
      hash: await sample.hash(),
      pixels: await sample.pixelHash!(),
    });
  }
  return given;
}

async function judged(
  inspector: Inspector,
  given: readonly Given[],
  product: string | undefined,
): Promise<Labelled[]> {
  const { classes, locating } = inspector.info;
  const images = await Promise.all(given.map(({ path }) => decoded(path)));
  const blank = images.findIndex((image) => isBlank(image));
  if (blank !== -1)
    throw new UserError(`learn: ${given[blank]!.path} is blank, one colour or dark everywhere; omit it`);
  const results = await inspector.judge(
    given.map(({ path, folders }, i) => ({
      image: images[i]!,
      product: productHint(classes, product ?? AUTO, path, folders),
    })),
  );
  return given.map(({ path, label, sample, hash, pixels }, i) => {
    const result = results[i]!;
    if (result instanceof Error) throw new UserError(`learn: ${path}: ${result.message}`);
    const { className, classSource, doubts, verdict, located } = result;
    if (className === null)
      throw new UserError(`learn: ${path}: its product is unclear; pass it with --product`);
    if (label === 'good' && located?.found === false)
      throw new UserError(
        `learn: ${path} is given as good, but its part is not found where the model looks for it, so it would be learnt where it does not belong; omit it`,
      );
    if (label === 'good' && doubts.includes(NO_PRODUCT))
      throw new UserError(
        `learn: ${path} is given as good, but it looks like no product of this model; omit it, or train the model on that product`,
      );
    if (verdict === 'UNKNOWN' && classSource === 'nearest')
      throw new UserError(
        `learn: ${path} may be of ${className}, but it looks unlike it; pass its product with --product, or omit it`,
      );
    return {
      path,
      id: path,
      label,
      className,
      hash,
      pixels,
      verdict,
      load: async (input) => {
        const { image } = await sample.load(input);
        return locating ? locate(image, locating, className).image : image;
      },
    };
  });
}

const decoded = async (path: string): Promise<RgbImage> => decodeRgb(await readPicture(resolve(path)), path);

/** The verdicts of another model on the same pictures, of the same products. */
export async function verdictsOf(
  inspector: Inspector,
  pictures: readonly Labelled[],
): Promise<(Verdict | null)[]> {
  const verdicts: (Verdict | null)[] = [];
  for (let at = 0; at < pictures.length; at += BATCH) {
    const part = pictures.slice(at, at + BATCH);
    const images = await Promise.all(part.map(({ path }) => decoded(path)));
    const found = await inspector.judge(
      part.map(({ className }, i) => ({ image: images[i]!, product: { given: className } })),
    );
    verdicts.push(...found.map((one) => (one instanceof Error ? null : one.verdict)));
  }
  return verdicts;
}
