// MVTec AD's layout (https://www.mvtec.com/company/research/datasets/mvtec-ad): one folder a product class, in it
//   train/good/000.png    test/good/000.png    test/<defect>/000.png    ground_truth/<defect>/000_mask.png
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DataError } from '../../errors.js';
import type { Dataset } from '../../types.js';
import { checkRecord, fileSample, type PictureRecord } from '../fileSample.js';
import { mapLimit } from '../mapLimit.js';
import { list, listPictures } from './listing.js';
import { matchMasks } from './masks.js';

const GOOD = 'good';
/** Headers read at the same time: enough to hide a disk's delay, few enough for the limit on open files. */
const READERS = 16;
const WANTED =
  'wanted <class>/train/good/*.png, <class>/test/<defect>/*.png and <class>/ground_truth/<defect>/*_mask.png';

export interface MvtecOptions {
  /** Read these classes only; others are not even looked at. Default: all. */
  classes?: readonly string[];
}

async function isClassFolder(folder: string): Promise<boolean> {
  const folders = (await list(folder))?.folders ?? [];
  return folders.includes('train') || folders.includes('test');
}

/** The folder ids are relative to and the names of the classes in it; `root` may be one class folder itself. */
async function findClasses(root: string): Promise<{ base: string; names: string[] }> {
  const found = await stat(root).catch(() => undefined);
  if (!found)
    throw new DataError(
      `${root} does not exist: give the folder of a data set in MVTec's layout (${WANTED})`,
    );
  if (!found.isDirectory()) {
    throw new DataError(`${root} is a file: give the folder of a data set in MVTec's layout (${WANTED})`);
  }
  if (await isClassFolder(root)) return { base: dirname(root), names: [basename(root)] };
  const names: string[] = [];
  for (const name of (await list(root))!.folders) {
    if (await isClassFolder(join(root, name))) names.push(name);
  }
  if (names.length === 0) throw new DataError(`${root} holds no product class in MVTec's layout: ${WANTED}`);
  return { base: root, names };
}

function choose(root: string, names: string[], wanted: readonly string[] | undefined): string[] {
  if (!wanted) return names;
  const unknown = wanted.filter((name) => !names.includes(name));
  if (wanted.length === 0 || unknown.length > 0) {
    const asked = unknown.map((name) => `"${name}"`).join(', ');
    throw new DataError(
      `${root} ${asked ? `has no class ${asked}` : 'was asked for no class at all'}: choose among ${names.join(', ')}`,
    );
  }
  return names.filter((name) => wanted.includes(name));
}

async function readTrain(base: string, className: string): Promise<PictureRecord[]> {
  const folder = join(base, className, 'train', GOOD);
  const pictures = await listPictures(folder);
  if (pictures.length === 0) {
    const others = (await list(folder))?.files.length ?? 0;
    throw new DataError(
      `class "${className}" is empty: ${folder} must hold at least one .png, .jpg or .jpeg picture, but ` +
        (others > 0
          ? `its ${others} file(s) are of other kinds; convert them`
          : 'has none; add some or leave the class out'),
    );
  }
  return pictures.map(({ name }) => ({
    id: [className, 'train', GOOD, name].join('/'),
    className,
    defect: GOOD,
    path: join(folder, name),
  }));
}

async function readTest(base: string, className: string): Promise<PictureRecord[]> {
  const pictureRoot = join(base, className, 'test');
  const maskRoot = join(base, className, 'ground_truth');
  const kinds = new Set((await list(pictureRoot))?.folders);
  // kinds that have masks only are visited as well, to be told of; good pictures need no mask
  const maskKinds = (await list(maskRoot))?.folders.filter((kind) => kind !== GOOD) ?? [];
  const records: PictureRecord[] = [];
  for (const defect of new Set([...kinds, ...maskKinds])) {
    const folder = join(pictureRoot, defect);
    const pictures = await listPictures(folder);
    const maskFolder = join(maskRoot, defect);
    const masks =
      defect === GOOD ? undefined : matchMasks(pictures, await listPictures(maskFolder), folder, maskFolder);
    for (const { name, stem } of pictures) {
      const id = [className, 'test', defect, name].join('/');
      const record = { id, className, defect, path: join(folder, name) };
      records.push(masks ? { ...record, maskPath: join(maskFolder, masks.get(stem)!) } : record);
    }
  }
  return records;
}

/**
 * Reads a data set in MVTec AD's layout. `root` is the folder of several class folders, or one class folder; ids are
 * `<class>/<split>/<defect>/<file>` in both cases. Samples are sorted by class, defect and file name, numbers by value.
 *
 * Pictures and masks may be PNG or JPEG, extensions in any case; masks are matched by name (`000_mask.png` or `000.png`).
 * A class without `test` is fine (for training), and so is one without `ground_truth` if all its test pictures are good.
 * All headers are read here, so that a mask of another size or a file that is no picture is told of before an hour of
 * training; damaged pixels show at `load`.
 *
 * Throws a DataError: missing folder, no class found, unknown class asked for, a class without training pictures, a
 * defective picture without mask, a mask without picture or of another size, two files of one stem, an unreadable file.
 */
export async function readMvtec(root: string, options: MvtecOptions = {}): Promise<Dataset> {
  const folder = resolve(root);
  const { base, names } = await findClasses(folder);
  const classes = choose(folder, names, options.classes);
  const train: PictureRecord[] = [];
  const test: PictureRecord[] = [];
  for (const className of classes) {
    train.push(...(await readTrain(base, className)));
    test.push(...(await readTest(base, className)));
  }
  await mapLimit([...train, ...test], READERS, checkRecord);
  return {
    name: basename(folder),
    root: base,
    classes,
    train: train.map(fileSample),
    test: test.map(fileSample),
  };
}
