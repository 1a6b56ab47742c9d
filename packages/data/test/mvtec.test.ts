import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataError, type Dataset } from '../src/index.js';
import { openFolder, readMvtec, writeDataset } from '../src/node/index.js';
import { GRAY, makePng, RGB } from './png.js';
import { shared, sharedHas } from './shared.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pm-mvtec-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const picture = (value = 7, width = 4, height = 3) =>
  makePng(
    width,
    8,
    RGB,
    Array.from({ length: height }, () => Array.from({ length: width * 3 }, () => value)),
  );
const maskOf = (width = 4, height = 3, value = 255) =>
  makePng(
    width,
    8,
    GRAY,
    Array.from({ length: height }, () => Array.from({ length: width }, () => value)),
  );

function put(
  path: string,
  bytes: Uint8Array | string = path.includes('ground_truth') ? maskOf() : picture(),
) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), bytes);
}

/** A valid class: 2 training pictures, 1 good and 2 defective test pictures. */
function putClass(name: string) {
  put(`${name}/train/good/000.png`);
  put(`${name}/train/good/001.png`);
  put(`${name}/test/good/000.png`);
  for (const stem of ['000', '001']) {
    put(`${name}/test/crack/${stem}.png`);
    put(`${name}/ground_truth/crack/${stem}_mask.png`);
  }
}

const ids = (dataset: Dataset) => [...dataset.train, ...dataset.test].map((sample) => sample.id);

/** The message of the DataError that reading throws, with ROOT for the temporary folder. */
async function message(path = root, options = {}): Promise<string> {
  const error: unknown = await readMvtec(path, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).message).not.toContain('\n');
  return (error as DataError).message.replaceAll(root, 'ROOT');
}

describe('reading', () => {
  test('a folder of several classes: samples sorted, labelled and named by their path', async () => {
    putClass('cable');
    putClass('bottle');
    put('license.txt', 'text');
    put('notes/readme.txt', 'text');
    put('.hidden/train/good/000.png');
    const dataset = await readMvtec(root);
    expect(dataset.classes).toEqual(['bottle', 'cable']);
    expect(dataset.root).toBe(root);
    expect(ids(dataset).slice(0, 4)).toEqual([
      'bottle/train/good/000.png',
      'bottle/train/good/001.png',
      'cable/train/good/000.png',
      'cable/train/good/001.png',
    ]);
    expect(dataset.test.map(({ id, className, label, defect }) => [id, className, label, defect])).toEqual([
      ['bottle/test/crack/000.png', 'bottle', 1, 'crack'],
      ['bottle/test/crack/001.png', 'bottle', 1, 'crack'],
      ['bottle/test/good/000.png', 'bottle', 0, 'good'],
      ['cable/test/crack/000.png', 'cable', 1, 'crack'],
      ['cable/test/crack/001.png', 'cable', 1, 'crack'],
      ['cable/test/good/000.png', 'cable', 0, 'good'],
    ]);
    expect(new Set(ids(dataset)).size).toBe(10);
  });

  test('a class folder itself: one class, and the ids it has in the whole data set', async () => {
    putClass('bottle');
    putClass('cable');
    const whole = await readMvtec(root, { classes: ['bottle'] });
    const one = await readMvtec(join(root, 'bottle'));
    expect(one.classes).toEqual(['bottle']);
    expect(one.name).toBe('bottle');
    expect(ids(one)).toEqual(ids(whole));
    expect(ids(await readMvtec(relative(process.cwd(), join(root, 'bottle'))))).toEqual(ids(whole));
  });

  test('selected classes are read in sorted order and the others, even broken ones, are not examined', async () => {
    putClass('a');
    putClass('b');
    putClass('c');
    put('b/train/good/000.png', 'not a picture');
    expect((await readMvtec(root, { classes: ['c', 'a', 'c'] })).classes).toEqual(['a', 'c']);
  });

  test('numbers in names are sorted by value', async () => {
    for (const stem of ['10', '9', '1', 'b2', 'b10', '02']) put(`x/train/good/${stem}.png`);
    const names = (await readMvtec(root)).train.map((sample) => sample.id.split('/').at(-1));
    expect(names).toEqual(['1.png', '02.png', '9.png', '10.png', 'b2.png', 'b10.png']);
  });

  test('extensions in any case, JPEG beside PNG, masks with or without _mask and of another extension', async () => {
    const jpeg = await sharp(picture()).jpeg().toBuffer();
    put('x/train/good/a.PNG');
    put('x/train/good/b.JPG', jpeg);
    put('x/train/good/c.jpeg', jpeg);
    put('x/train/good/Thumbs.db', 'text');
    put('x/test/crack/000.jpg', jpeg);
    put('x/test/crack/001.png');
    put('x/ground_truth/crack/000.png');
    put('x/ground_truth/crack/001_mask.PNG');
    const dataset = await readMvtec(root);
    expect(dataset.train.length).toBe(3);
    for (const sample of dataset.test)
      expect((await sample.load(2)).mask.data).toEqual(Uint8Array.of(1, 1, 1, 1));
  });

  test('masks are matched by name, not by position', async () => {
    put('x/train/good/000.png');
    put('x/test/crack/2.png', picture(2));
    put('x/test/crack/10.png', picture(10));
    put('x/ground_truth/crack/10_mask.png', maskOf(4, 3, 0));
    put('x/ground_truth/crack/2_mask.png', maskOf(4, 3, 1));
    const [two, ten] = await Promise.all((await readMvtec(root)).test.map((sample) => sample.load(1)));
    expect([two!.image.data[0], two!.mask.data[0]]).toEqual([2, 1]);
    expect([ten!.image.data[0], ten!.mask.data[0]]).toEqual([10, 0]);
  });

  test('a class without test and a class with good test pictures only are fine', async () => {
    put('a/train/good/000.png');
    put('b/train/good/000.png');
    put('b/test/good/000.png');
    const dataset = await readMvtec(root);
    expect(dataset.train.length).toBe(2);
    expect(dataset.test.map((sample) => sample.label)).toEqual([0]);
  });

  test('a class without ground_truth is read without masks, like good/ and bad/, with a notice', async () => {
    putClass('a');
    rmSync(join(root, 'a/ground_truth'), { recursive: true });
    const { dataset, notices } = await openFolder(root);
    expect(dataset.test.map(({ label, hasMask }) => [label, hasMask])).toEqual([
      [1, false],
      [1, false],
      [0, undefined],
    ]);
    expect(notices.map((sentence) => sentence.replaceAll(root, 'ROOT'))).toEqual([
      'ROOT/a has no masks: its 2 defective pictures count for image figures only, not for pixel figures; ' +
        'put masks at ROOT/a/ground_truth/<defect>/<name>_mask.png to get both',
    ]);
  });

  test('masks of good pictures, which some data sets have, are ignored', async () => {
    putClass('a');
    put('a/ground_truth/good/000_mask.png', maskOf(4, 3, 0));
    expect((await readMvtec(root)).test.length).toBe(3);
  });

  test('links to files and folders are followed', async () => {
    putClass('real');
    rmSync(join(root, 'real/train/good/001.png'));
    symlinkSync(join(root, 'real/train/good/000.png'), join(root, 'real/train/good/002.png'));
    symlinkSync(join(root, 'real'), join(root, 'linked'));
    const dataset = await readMvtec(root);
    expect(dataset.classes).toEqual(['linked', 'real']);
    expect(dataset.train.length).toBe(4);
  });

  test('load resizes picture and mask to a square; hash is the SHA-256 of the file', async () => {
    putClass('a');
    const sample = (await readMvtec(root)).test[0]!;
    const { image, mask } = await sample.load(5);
    expect([image.width, image.height, image.data.length]).toEqual([5, 5, 75]);
    expect([mask.width, mask.height, mask.data.length]).toEqual([5, 5, 25]);
    expect(image.data.every((value) => value === 7)).toBe(true);
    expect(mask.data.every((value) => value === 1)).toBe(true);
    const bytes = readFileSync(join(root, sample.id));
    expect(await sample.hash()).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  test('a good picture has a mask of zeros', async () => {
    putClass('a');
    const good = (await readMvtec(root)).test.find((sample) => sample.label === 0)!;
    const { mask } = await good.load(3);
    expect(mask).toEqual({ width: 3, height: 3, data: new Uint8Array(9) });
  });
});

describe('errors of one sentence', () => {
  test('a missing folder', async () => {
    expect(await message(join(root, 'nowhere'))).toMatch(
      /^ROOT\/nowhere does not exist: pass the folder of a data set/,
    );
  });

  test('a file instead of a folder', async () => {
    put('file', 'text');
    expect(await message(join(root, 'file'))).toMatch(/^ROOT\/file is a file: pass the folder of a data set/);
  });

  test('a folder without classes: the layout is described', async () => {
    put('stuff/000.png');
    const got = await message();
    expect(got).toContain(
      'ROOT does not match the layout "mvtec": it contains 1 folder (stuff) and no files, but expected are <class>/train/good/*.png',
    );
  });

  test('an unknown class: the known ones are listed', async () => {
    putClass('bottle');
    putClass('cable');
    const options = { classes: ['bottle', 'botle', 'x'] };
    expect(await message(root, options)).toBe('ROOT has no class "botle", "x": choose among bottle, cable');
    expect(await message(join(root, 'cable'), { classes: ['bottle'] })).toBe(
      'ROOT/cable has no class "bottle": choose among cable',
    );
    expect(await message(root, { classes: [] })).toBe(
      'ROOT got an empty list of classes: choose among bottle, cable',
    );
  });

  test('an empty class', async () => {
    putClass('a');
    mkdirSync(join(root, 'b/train/good'), { recursive: true });
    expect(await message()).toBe(
      'class "b" is empty: ROOT/b/train/good must contain at least one PNG, JPEG, WebP, TIFF or BMP picture, ' +
        'but it has none; add some or exclude the class',
    );
    put('b/train/good/000.gif', 'x');
    expect(await message()).toContain('but its 1 file(s) have other formats (1 .gif); convert them');
  });

  test('defective pictures without masks: how many, and the first', async () => {
    putClass('a');
    put('a/test/crack/100.png');
    put('a/test/crack/20.png');
    expect(await message()).toBe(
      'ROOT/a/test/crack/20.png has no mask: put it at ROOT/a/ground_truth/crack/20_mask.png (and 1 more like it)',
    );
  });

  test('masks without pictures, of a known or an unknown defect type', async () => {
    putClass('a');
    put('a/ground_truth/crack/009_mask.png');
    expect(await message()).toBe(
      'ROOT/a/ground_truth/crack/009_mask.png is a mask without a picture: ' +
        'add ROOT/a/test/crack/009.png or remove the mask',
    );
    rmSync(join(root, 'a/ground_truth/crack/009_mask.png'));
    put('a/ground_truth/hole/000_mask.png');
    expect(await message()).toContain('ROOT/a/ground_truth/hole/000_mask.png is a mask without a picture');
  });

  test('two masks for a picture, and one mask for two pictures', async () => {
    putClass('a');
    put('a/ground_truth/crack/000.png');
    expect(await message()).toBe(
      'ROOT/a/ground_truth/crack contains two masks for 000.png, 000_mask.png and 000.png: remove one',
    );
    rmSync(join(root, 'a/ground_truth/crack/000.png'));
    put('a/test/crack/000_mask.png');
    expect(await message()).toContain('ROOT/a/test/crack/000_mask.png has no mask');
  });

  test('a mask of another size than its picture, before any pixel is read', async () => {
    putClass('a');
    put('a/ground_truth/crack/001_mask.png', maskOf(3, 4));
    expect(await message()).toBe(
      'ROOT/a/ground_truth/crack/001_mask.png: the mask must have the size of its picture, 4x3, but has 3x4; replace it',
    );
  });

  test('a mask that changed its size after the data set was read', async () => {
    putClass('a');
    const sample = (await readMvtec(root)).test[0]!;
    put('a/ground_truth/crack/000_mask.png', maskOf(9, 9));
    await expect(sample.load(4)).rejects.toThrow('but has 9x9');
    // a second reading sees the new header, not a remembered one
    expect(await message()).toContain('but has 9x9');
  });

  test('two files of one stem', async () => {
    putClass('a');
    put('a/train/good/000.JPG');
    expect(await message()).toBe(
      'ROOT/a/train/good contains both 000.JPG and 000.png: names must differ in more than the extension; remove or rename one',
    );
  });

  test.each([
    'a/train/good/001.png',
    'a/test/good/000.png',
    'a/test/crack/000.png',
    'a/ground_truth/crack/000_mask.png',
  ])('a file that is not a picture: %s', async (path) => {
    putClass('a');
    put(path, 'not a picture');
    expect(await message()).toMatch(new RegExp(`^ROOT/${path}: the picture cannot be decoded \\(`));
  });

  test('a link out of the data set', async () => {
    putClass('a/x');
    putClass('b');
    symlinkSync(join(root, 'b/train/good/000.png'), join(root, 'a/x/train/good/002.png'));
    expect(await message(join(root, 'a'))).toBe(
      'ROOT/a/x/train/good/002.png is a link that leads out of ROOT/a: replace it by its target',
    );
  });

  test('a broken link', async () => {
    putClass('a');
    symlinkSync(join(root, 'gone.png'), join(root, 'a/train/good/002.png'));
    expect(await message()).toMatch(/^ROOT\/a\/train\/good\/002\.png: the picture cannot be decoded \(/);
  });

  test('of several broken files, always the first in the order of samples', async () => {
    putClass('a');
    for (const path of ['a/test/good/000.png', 'a/train/good/001.png', 'a/test/crack/000.png'])
      put(path, 'no');
    for (let i = 0; i < 5; i++) expect(await message()).toContain('ROOT/a/train/good/001.png');
  });

  test('damaged pixels after a valid header are detected when the sample is loaded', async () => {
    putClass('a');
    const noise = Array.from({ length: 60 }, (_, y) =>
      Array.from({ length: 60 }, (_, x) => (x * x * 31 + y * 77) % 251),
    );
    const whole = makePng(60, 8, GRAY, noise);
    put('a/train/good/001.png', whole.subarray(0, whole.length - 300));
    const sample = (await readMvtec(root)).train[1]!;
    await expect(sample.load(8)).rejects.toBeInstanceOf(DataError);
    await expect(sample.load(8)).rejects.toThrow(join(root, 'a/train/good/001.png'));
  });

  test('a file removed after the data set was read', async () => {
    putClass('a');
    const sample = (await readMvtec(root)).train[0]!;
    rmSync(join(root, sample.id));
    await expect(sample.load(8)).rejects.toBeInstanceOf(DataError);
    await expect(sample.hash()).rejects.toThrow('000.png cannot be read');
  });
});

describe('writeDataset', () => {
  test('a data set written and read back has the same pictures, masks, classes and order', async () => {
    putClass('bottle');
    putClass('cable');
    put('bottle/test/crack/001.png', picture(99));
    const dataset = { ...(await readMvtec(root)), licence: 'CC0-1.0' };
    const copy = join(root, 'copy');
    expect(await writeDataset(dataset, copy, 6)).toBe(10);
    expect(readFileSync(join(copy, 'license.txt'), 'utf8')).toBe('CC0-1.0\n');
    const back = await readMvtec(copy);
    expect(ids(back)).toEqual(ids(dataset));
    const originals = [...dataset.train, ...dataset.test];
    for (const [i, sample] of [...back.train, ...back.test].entries()) {
      const [got, want] = [await sample.load(6), await originals[i]!.load(6)];
      expect([...got.image.data]).toEqual([...want.image.data]);
      expect([...got.mask.data]).toEqual([...want.mask.data]);
    }
  });

  test('a folder that is not empty is an error', async () => {
    putClass('a');
    const dataset = await readMvtec(root);
    await expect(writeDataset(dataset, root, 4)).rejects.toThrow(`${root} is not empty`);
  });
});

const realThere = sharedHas('data/mvtec256', 'reading real MVTec pictures');

test.skipIf(!realThere)(
  'the real data set is read completely: 3 classes, published counts, masks only on defects',
  async () => {
    const dataset = await readMvtec(shared('data/mvtec256'));
    expect(dataset.classes).toEqual(['bottle', 'hazelnut', 'tire']);
    const bottle = (samples: Dataset['test']) => samples.filter(({ className }) => className === 'bottle');
    expect(bottle(dataset.train).length).toBe(209);
    expect(bottle(dataset.test).filter(({ label }) => label === 0).length).toBe(20);
    expect(bottle(dataset.test).filter(({ label }) => label === 1).length).toBe(63);
    for (const sample of bottle(dataset.test)) {
      const { mask } = await sample.load(256);
      expect(
        mask.data.some((value) => value === 1),
        sample.id,
      ).toBe(sample.label === 1);
    }
  },
);
