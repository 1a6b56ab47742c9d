import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataError } from '../src/index.js';
import { LAYOUT_NAMES, openFolder, type LayoutName, type OpenOptions } from '../src/node/index.js';
import * as known from '../src/node/layouts/known.js';
import { COPIES, Home, mask, realIadList } from './copies.js';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

const copies = Object.entries(COPIES);

async function message(options: OpenOptions = {}, root = home.root): Promise<string> {
  const error: unknown = await openFolder(root, options).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).message).not.toContain('\n');
  return (error as DataError).message.replaceAll(home.root, 'ROOT');
}

describe('every layout', () => {
  test('has a test copy', () => {
    expect(new Set(copies.map(([, { layout }]) => layout))).toEqual(new Set(LAYOUT_NAMES));
  });

  test.each(copies)('%s is recognised, described, and read', async (_, copy) => {
    await copy.build(home);
    const { layout, sentence, dataset } = await openFolder(home.root);
    expect(layout).toBe(copy.layout);
    expect(sentence).toBe(`${home.root}: ${copy.says}`);
    expect(await openFolder(home.root, { layout })).toMatchObject({ layout, sentence });
    const all = [...dataset.train, ...(dataset.validation ?? []), ...dataset.test];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const sample of all) {
      expect(sample.id).not.toMatch(/\\|^\/|\.\./);
      const { mask, image } = await sample.load(16);
      expect(image.data.length).toBe(16 * 16 * 3);
      expect(mask.data.includes(1), sample.id).toBe(sample.label === 1 && sample.hasMask !== false);
    }
    const ids = dataset.train.filter(({ className }) => className === copy.className).map(({ id }) => id);
    const wanted = copy.train.map((path) => path.replace(/^realiad_256\//, ''));
    expect(ids).toEqual(wanted);
    expect(dataset.train.every(({ label }) => label === 0)).toBe(true);
    if (copy.bad !== undefined) {
      const bad = dataset.test.find(({ id }) => copy.bad!.endsWith(id))!;
      expect(bad.label).toBe(1);
      expect(bad.hasMask).toBe(copy.masks === undefined ? false : undefined);
    }
    if (copy.good !== undefined) {
      expect(dataset.test.find(({ id }) => copy.good!.endsWith(id))).toMatchObject({
        label: 0,
        defect: 'good',
      });
    }
  });

  test.each(copies)('%s copied to another folder has the same ids', async (_, copy) => {
    await copy.build(home);
    const { dataset } = await openFolder(home.root);
    const other = join(home.root, '..', 'elsewhere', 'set');
    cpSync(home.root, other, { recursive: true });
    const again = (await openFolder(other)).dataset;
    expect(again.test.map(({ id }) => id)).toEqual(dataset.test.map(({ id }) => id));
    expect(again.root).not.toBe(dataset.root);
  });
});

test('several masks of one picture are united', async () => {
  await COPIES['MVTec LOCO AD']!.build(home);
  const { dataset } = await openFolder(home.root);
  const { mask } = await dataset.test.find(({ defect }) => defect === 'logical_anomalies')!.load(9);
  const rows = Array.from({ length: 9 }, (_, y) => mask.data[y * 9 + 4]);
  expect(rows).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 0]);
  expect(dataset.validation!.map(({ id }) => id)).toEqual(['gear/validation/good/000.png']);
});

describe('layout detection', () => {
  test('a single class folder, in each layout of class folders', async () => {
    for (const name of ['MVTec AD', 'MVTec 3D-AD', 'MVTec LOCO AD', 'VisA, prepared', 'BTAD', 'MPDD']) {
      const { build, className, layout } = COPIES[name]!;
      await build(home);
      const { dataset, ...found } = await openFolder(join(home.root, className));
      expect([found.layout, dataset.name, ...dataset.classes]).toEqual([layout, className, className]);
      expect(dataset.train[0]!.id.startsWith(`${className}/train/`)).toBe(true);
      rmSync(home.root, { recursive: true });
      mkdirSync(home.root);
    }
  });

  test('only classes of MVTec AD make it MVTec AD, with its licence', async () => {
    home.pictures('bottle/train/good/1.png', 'pill/train/good/1.png');
    const found = await openFolder(home.root);
    expect(found.sentence).toContain(': MVTec AD: 2 classes (bottle, pill)');
    expect(found.dataset.licence).toMatch(/CC BY-NC-SA 4\.0/);
    home.pictures('mine/train/good/1.png');
    expect((await openFolder(home.root)).dataset.licence).toBeUndefined();
  });

  test('a given layout overrides the detection', async () => {
    await COPIES['one folder per product']!.build(home);
    const { dataset, layout } = await openFolder(home.root, { layout: 'mvtec' });
    expect([layout, ...dataset.classes]).toEqual(['mvtec', 'gear']);
    expect(await message({ layout: 'btad' })).toMatch(
      /^ROOT does not match the layout "btad": it contains 4 folders \(bolt, gear, notes, nut\) and no files, but expected are <class>\/train\/ok/,
    );
    expect(await message({ layout: 'coco' as LayoutName })).toMatch(
      /^unknown layout "coco": choose among real-iad, visa/,
    );
  });

  test('Real-IAD lists beside the class folders, and lists of one size beside its folder, are found', async () => {
    await COPIES['Real-IAD']!.build(home);
    const one = await openFolder(join(home.root, 'realiad_256'));
    expect(one.layout).toBe('real-iad');
    expect(one.dataset.train.length).toBe(3);
    home.put('realiad_256/toy.json', JSON.stringify(realIadList));
    rmSync(join(home.root, 'realiad_jsons'), { recursive: true });
    const beside = await openFolder(join(home.root, 'realiad_256'));
    expect(beside.sentence).toContain('Real-IAD, lists beside the classes: 1 class (toy)');
    expect(beside.dataset.test.map(({ id }) => id)).toEqual(one.dataset.test.map(({ id }) => id));
  });

  test('another split of VisA or Real-IAD on request, and only there', async () => {
    await COPIES['VisA, raw']!.build(home);
    home.put(
      'split_csv/mine.csv',
      'object,split,label,image,mask\ngear,train,normal,./gear/Data/Images/Normal/0000.JPG,\n',
    );
    const mine = await openFolder(home.root, { split: 'mine' });
    expect(mine.sentence).toContain('split mine.csv: 1 class (gear), 1 training and 0 test pictures');
    expect(await message({ split: 'other' })).toBe(
      'ROOT/split_csv has no list other.csv: choose among 1cls.csv, mine.csv',
    );
    rmSync(home.root, { recursive: true });
    await COPIES['Real-IAD']!.build(home);
    expect(await message({ split: 'realiad_jsons_sv' })).toContain('choose among realiad_jsons');
    rmSync(home.root, { recursive: true });
    home.pictures('1.png');
    expect(await message({ split: 'x' })).toContain(
      'only visa and real-iad have several splits, and this is flat',
    );
  });

  test('classes can be selected in every layout, and an unknown one is an error', async () => {
    await COPIES['one folder per product']!.build(home);
    const { dataset, sentence } = await openFolder(home.root, { classes: ['nut'] });
    expect(dataset.classes).toEqual(['nut']);
    expect(sentence).toContain('1 class (nut), 3 training and 0 test pictures');
    expect(await message({ classes: ['screw'] })).toBe(
      'ROOT has no class "screw": choose among bolt, gear, nut',
    );
  });
});

describe('names in both forms of Unicode, and folders of systems', () => {
  const [nfc, nfd] = ['é', 'é'].map((name, i) => name.normalize(i === 0 ? 'NFC' : 'NFD')) as [string, string];

  test.each([
    [nfc, nfd],
    [nfd, nfc],
  ])('a picture and its mask, a kind and its masks, a class and the option', async (one, other) => {
    home.pictures(`${one}/train/good/1.png`, `${one}/test/${one}/${one}.png`);
    home.put(`${one}/ground_truth/${other}/${other}_mask.png`, mask());
    const { dataset, notices } = await openFolder(home.root, { classes: [other] });
    expect([dataset.classes, notices]).toEqual([[nfc], []]);
    expect(dataset.test[0]!.hasMask).toBeUndefined();
    expect((await dataset.test[0]!.load(8)).mask.data).toContain(1);
  });

  test('in a plain folder of good and bad, beside the picture, and in a folder a picture', async () => {
    home.pictures(`good/1.png`, `bad/${nfc}.png`);
    home.put(`masks/${nfd}.png`, mask());
    expect((await openFolder(home.root)).dataset.test[0]!.hasMask).toBeUndefined();
    rmSync(home.root, { recursive: true });
    home.pictures(`good/1.png`, `bad/${nfc}.png`);
    home.put(`bad/${nfd}_mask.png`, mask());
    expect((await openFolder(home.root)).dataset.test[0]!.hasMask).toBeUndefined();
    rmSync(home.root, { recursive: true });
    home.pictures(`gear/train/good/1.png`, `gear/test/logical_anomalies/${nfc}.png`);
    home.put(`gear/ground_truth/logical_anomalies/${nfd}/0.png`, mask());
    expect((await openFolder(home.root)).dataset.test[0]!.hasMask).toBeUndefined();
  });

  test('two names that look the same are told of as such', async () => {
    home.pictures(`good/${nfc}.png`, `good/${nfd}.png`);
    expect(await message()).toContain(
      'the names look the same and differ only in how their letters are stored',
    );
  });

  test.each([
    '@eaDir',
    '#recycle',
    '#snapshot',
    '.AppleDouble',
    '__MACOSX',
    '.Spotlight-V100',
    '.Trashes',
    '$RECYCLE.BIN',
    'System Volume Information',
    '.snapshot',
    '~snapshot',
    'lost+found',
    '@Recycle',
    '.thumbnails',
  ])('%s at every depth changes nothing', async (index) => {
    await COPIES['MVTec AD']!.build(home);
    const before = await openFolder(home.root);
    for (const folder of [
      '',
      'gear/',
      'gear/train/',
      'gear/train/good/',
      'gear/test/',
      'gear/test/crack/',
      'gear/ground_truth/',
      'gear/ground_truth/crack/',
    ]) {
      home.pictures(`${folder}${index}/000.png`, `${folder}${index}/good/SYNOPHOTO_THUMB_M.jpg`);
      home.put(`${folder}Thumbs.db`, 'x');
      home.put(`${folder}desktop.ini`, 'x');
      home.put(`${folder}._000.png`, 'x');
    }
    const after = await openFolder(home.root);
    expect(after.sentence).toBe(before.sentence);
    expect(after.notices).toEqual([]);
  });
});

describe('a folder that fits nothing', () => {
  test('is described, and so is what was looked for', async () => {
    home.put('a.txt', '');
    home.put('docs/b.txt', '');
    const got = await message();
    expect(got).toMatch(
      /^ROOT matches no layout: it contains 1 folder \(docs\) and 1 file \(a\.txt\), but expected are/,
    );
    for (const name of LAYOUT_NAMES) expect(got).toContain(`(${name})`);
  });

  test('empty; missing; a file', async () => {
    expect(await message()).toContain('it contains no folders and no files');
    expect(await message({}, join(home.root, 'x'))).toBe(
      'ROOT/x does not exist: pass the folder of a data set',
    );
    home.put('f', '');
    expect(await message({}, join(home.root, 'f'))).toBe('ROOT/f is a file: pass the folder of a data set');
  });

  test('pictures both in the folder and below it: the good ones are not guessed', async () => {
    home.pictures('1.png', 'sub/2.png');
    expect(await message()).toContain('ROOT matches no layout');
  });

  test('links that lead out of it are the stated reason', async () => {
    mkdirSync(join(home.root, '..', 'outside'));
    writeFileSync(join(home.root, '..', 'outside', '1.png'), '');
    symlinkSync(join(home.root, '..', 'outside'), join(home.root, 'nut'));
    expect(await message()).toMatch(/^ROOT\/nut is a link that leads out of ROOT/);
  });
});

describe('lists', () => {
  const row = (image: string, mask = '') => `gear,test,${mask ? 'anomaly' : 'normal'},${image},${mask}`;
  async function visaWith(line: string): Promise<string> {
    await COPIES['VisA, raw']!.build(home);
    const path = join(home.root, 'split_csv', '1cls.csv');
    writeFileSync(path, `${readFileSync(path, 'utf8')}${line}\n`);
    return message();
  }

  test.each([
    '../outside.png',
    '/etc/passwd.png',
    'gear/../../outside.png',
    'gear\\Data\\x.png',
    'C:/x.png',
    'gear//x.png',
    'gear/./x.png',
  ])('a path that is not a plain relative one is rejected: %s', async (path) => {
    expect(await visaWith(row(path))).toMatch(
      /^ROOT\/split_csv\/1cls\.csv, line 8: ".*" is not a path inside the data set; expected one with forward slashes/,
    );
  });

  test('a link out of the data set is rejected, as a picture and as a mask', async () => {
    writeFileSync(join(home.root, '..', 'outside.png'), mask());
    mkdirSync(join(home.root, 'gear/Data'), { recursive: true });
    symlinkSync(join(home.root, '..', 'outside.png'), join(home.root, 'gear/Data/link.png'));
    symlinkSync(join(home.root, '..'), join(home.root, 'gear/Data/up'));
    expect(await visaWith(row('gear/Data/link.png'))).toContain('is a link that leads out of the data set');
    expect(await visaWith(row('gear/Data/up/outside.png'))).toContain(
      'is a link that leads out of the data set',
    );
    home.pictures('gear/extra.png');
    expect(await visaWith(row('gear/extra.png', 'gear/Data/link.png'))).toContain(
      'gear/Data/link.png is a link that leads out of the data set',
    );
  });

  test.each([
    [row('gear/Data/Images/Normal/9999.JPG'), 'is listed, but the file does not exist'],
    ['gear,val,normal,x.png,', 'split must be train or test, got "val"'],
    ['gear,test,weird,x.png,', 'label must be normal or anomaly, got "weird"'],
    [row('gear/image_anno.csv'), 'is not named like a picture'],
    [row('gear/Data/Images/Normal/0003.JPG'), 'is listed twice'],
    [row('gear/Data/Images/Normal/0000.JPG'), 'is listed for train and for test'],
    [row('gear/Data/Images/Normal/0003.JPG').replace('gear', 'nut'), 'is listed twice'],
    ['gear,test,anomaly,gear/Data/Images/Normal/0000.JPG,', 'is listed for train and for test'],
    ['../x,test,normal,a.png,', 'object must name a class'],
  ])('%s', async (line, reason) => {
    expect(await visaWith(line)).toMatch(/^ROOT\/split_csv\/1cls\.csv, line 8: /);
    expect(await message()).toContain(reason);
  });

  test('an invalid CSV, and one without a column', async () => {
    home.put('split_csv/1cls.csv', 'object,"split\n');
    expect(await message()).toMatch(/^ROOT\/split_csv\/1cls\.csv is not valid CSV/);
    home.put('split_csv/1cls.csv', 'object,split,label,image\n');
    expect(await message()).toContain('but lacks mask');
    home.put('split_csv/1cls.csv', '');
    expect(await message()).toContain('but lacks object, split, label, image, mask');
  });

  test.each([
    ['semicolons', (text: string) => Buffer.from(text.replaceAll(',', ';'))],
    ['tabs', (text: string) => Buffer.from(text.replaceAll(',', '\t'))],
    [
      'a byte order mark, CRLF and capitals',
      (text: string) =>
        Buffer.from(`\ufeff${text.replaceAll('\n', '\r\n').replace('object,split', 'Object,SPLIT')}`),
    ],
    [
      'UTF-16 with a mark and semicolons',
      (text: string) => Buffer.from(`\ufeff${text.replaceAll(',', ';')}`, 'utf16le'),
    ],
    [
      'UTF-16 with tabs, as Excel saves "Unicode text"',
      (text: string) =>
        Buffer.from(`\ufeff${text.replaceAll(',', '\t').replaceAll('\n', '\r\n')}`, 'utf16le'),
    ],
    ['UTF-16, big end first', (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
  ])('a CSV with %s', async (_, write) => {
    await COPIES['VisA, raw']!.build(home);
    const before = await openFolder(home.root);
    const path = join(home.root, 'split_csv', '1cls.csv');
    writeFileSync(path, write(readFileSync(path, 'utf8')));
    const after = await openFolder(home.root);
    const ids = ({ dataset }: typeof after) =>
      [...dataset.train, ...dataset.test].map(({ id, label, hasMask }) => [id, label, hasMask]);
    expect(ids(after)).toEqual(ids(before));
    expect(after.notices).toEqual([]);
  });

  test('paths in another form of Unicode than the files have', async () => {
    home.put(
      'split_csv/1cls.csv',
      'object,split,label,image,mask\ncaf\u00e9,train,normal,caf\u00e9/Data/Images/Normal/\u00fc.png,\n',
    );
    home.pictures('cafe\u0301/Data/Images/Normal/u\u0308.png');
    const { dataset, notices } = await openFolder(home.root, { classes: ['cafe\u0301'] });
    expect([dataset.train.length, notices]).toEqual([1, []]);
    await dataset.train[0]!.load(8);
  });

  test('columns in another order, a byte order mark and CRLF are fine', async () => {
    await COPIES['VisA, raw']!.build(home);
    home.put(
      'split_csv/1cls.csv',
      '\ufeffmask,image,label,split,object\r\n,gear/Data/Images/Normal/0000.JPG,normal,train,gear\r\n',
    );
    expect((await openFolder(home.root)).dataset.train.map(({ id }) => id)).toEqual([
      'gear/Data/Images/Normal/0000.JPG',
    ]);
  });

  test.each([
    ['{', 'is not valid JSON'],
    ['[]', 'but "train" is not a list'],
    ['{"train": [], "test": 3}', 'but "test" is not a list'],
    ['{"train": [3], "test": []}', 'train[0]: image_path must be a path'],
    ['{"train": [{"image_path": "a.png", "mask_path": 3}], "test": []}', 'mask_path must be a path or null'],
    ['{"train": [{"image_path": "a.png"}], "test": []}', 'anomaly_class must be OK or a defect type'],
    [
      '{"train": [{"image_path": "../a.png", "anomaly_class": "OK"}], "test": []}',
      'is not a path inside the data set',
    ],
    ['{"train": [], "test": []}', 'class "toy" is empty'],
  ])('the list %s of Real-IAD', async (text, reason) => {
    await COPIES['Real-IAD']!.build(home);
    home.put('realiad_jsons/realiad_jsons/toy.json', text);
    expect(await message()).toMatch(/ROOT\/realiad_jsons\/realiad_jsons\/toy\.json/);
    expect(await message()).toContain(reason);
  });
});

test("published numbers add up to the papers' totals", () => {
  const totals = (set: known.KnownDataset) =>
    [0, 1, 2, 3].map((i) => Object.values(set.classes).reduce((sum, counts) => sum + (counts?.[i] ?? 0), 0));
  expect(totals(known.MVTEC_AD)).toEqual([3629, 467, 1258, 0]);
  expect(totals(known.MVTEC_3D)).toEqual([2656, 249, 948, 294]);
  expect(totals(known.MVTEC_LOCO)).toEqual([1778, 575, 993, 304]);
  expect(totals(known.VISA)).toEqual([8659, 962, 1200, 0]);
  expect(totals(known.MPDD)).toEqual([888, 176, 282, 0]);
});
