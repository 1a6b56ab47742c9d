import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataError } from '../src/index.js';
import { checkDataset, openFolder, type CheckReport, type FaultKind } from '../src/node/index.js';
import { COPIES, grayPicture, Home, mask, picture, type Copy } from './copies.js';
import { shared, sharedHas } from './shared.js';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

const at = (path: string) => join(home.root, path);
const isCounts = ({ kind }: { kind: FaultKind }) => kind === 'counts';

/** One fault in a valid copy, and the expected finding. */
interface Planted {
  plant(copy: Copy): void;
  kind: FaultKind | ((copy: Copy) => FaultKind);
  /** Part of the sentence, usually the file's name. */
  names(copy: Copy): string;
  /** Whether a copy can have this fault. Default: all can. */
  needs?(copy: Copy): boolean;
  /** Default: an error. */
  isWarning?(copy: Copy): boolean;
}

const warning = () => true;
const hasMasks = ({ masks }: Copy) => masks !== undefined;
const half = (path: string) => {
  const bytes = readFileSync(at(path));
  writeFileSync(at(path), bytes.subarray(0, bytes.length / 2));
};

const FAULTS: Record<string, Planted> = {
  'a missing mask': {
    plant: ({ masks, maskHome }) => rmSync(at(maskHome ?? masks![0]!), { recursive: true }),
    kind: ({ listed }) => (listed ? 'missing-file' : 'missing-mask'),
    names: ({ listed, masks, bad }) => (listed ? masks![0]! : bad!),
    needs: hasMasks,
    isWarning: ({ optionalMasks }) => optionalMasks === true,
  },
  'a mask without a picture': {
    plant: ({ orphan }) => home.put(orphan!, mask()),
    kind: 'orphan-mask',
    names: ({ orphan, layout }) => (layout === 'loco' ? dirname(orphan!) : orphan!),
    needs: ({ orphan }) => orphan !== undefined,
  },
  'a mask of another size': {
    plant: ({ masks }) => home.put(masks![0]!, mask(255, 11, 9)),
    kind: 'mask-size',
    names: ({ masks }) => `${masks![0]!}: the mask must have the size of its picture, 12x9, but has 11x9`,
    needs: hasMasks,
  },
  'an empty mask': {
    plant: ({ masks }) => home.put(masks![0]!, mask(0)),
    kind: 'empty-mask',
    names: ({ masks }) => `${masks![0]!} marks no pixel`,
    // if masks label the pictures, the picture of an empty one is good
    needs: (copy) => hasMasks(copy) && !copy.sortedByMasks,
    isWarning: warning,
  },
  'a picture that is text': {
    plant: ({ train }) => home.put(train[1]!, 'not a picture'),
    kind: 'unreadable',
    names: ({ train }) => `${train[1]!}: the picture cannot be decoded`,
  },
  'a picture cut short': {
    plant: ({ train }) => half(train[2]!),
    kind: 'unreadable',
    names: ({ train }) => `${train[2]!}: the picture cannot be decoded`,
  },
  'an empty file': {
    plant: ({ bad }) => home.put(bad!, ''),
    kind: 'unreadable',
    names: ({ bad }) => `${bad!}: the picture cannot be decoded (the file is empty)`,
    needs: ({ bad }) => bad !== undefined,
  },
  'a mask cut short': {
    plant: ({ masks }) => half(masks![0]!),
    kind: 'unreadable',
    names: ({ masks }) => `${masks![0]!}: the picture cannot be decoded`,
    needs: hasMasks,
  },
  'a picture in training and in test': {
    plant: ({ train, good }) => cpSync(at(train[0]!), at(good!)),
    kind: 'train-and-test',
    names: ({ good }) => `${good!} is the same picture as`,
    needs: ({ good }) => good !== undefined,
  },
  'a picture twice in training': {
    plant: ({ train }) => cpSync(at(train[0]!), at(train[2]!)),
    kind: 'duplicate',
    names: ({ train }) => `${train[2]!} is the same picture as`,
    isWarning: warning,
  },
  'a picture of another size': {
    plant: ({ train }) => home.put(train[1]!, picture(99, 20, 20)),
    kind: 'odd-size',
    names: ({ train }) => `${train[1]!}: 20x20, while`,
    isWarning: warning,
  },
  'a gray picture among colour': {
    plant: ({ train }) => home.put(train[1]!, grayPicture(5)),
    kind: 'odd-channels',
    names: ({ train }) => `${train[1]!}: gray, 8 bits, while`,
    isWarning: warning,
  },
  'a class without training pictures': {
    plant({ train, listed, layout, className }) {
      if (layout === 'visa') {
        const list = at('split_csv/1cls.csv');
        const lines = readFileSync(list, 'utf8').split('\n');
        writeFileSync(list, lines.filter((line) => !line.includes(',train,')).join('\n'));
        for (const path of train) rmSync(at(path));
      } else if (listed) {
        const list = at(`realiad_jsons/realiad_jsons/${className}.json`);
        writeFileSync(list, JSON.stringify({ ...JSON.parse(readFileSync(list, 'utf8')), train: [] }));
      } else for (const path of train) rmSync(at(path));
    },
    kind: 'empty-class',
    names: ({ className }) => `class "${className}" is empty`,
    // without its pictures a plain folder, or a product's, is not recognised
    needs: ({ layout, sortedByMasks }) => layout !== 'flat' && layout !== 'products' && !sortedByMasks,
  },
  'a defective picture gone and its mask left': {
    plant: ({ bad }) => rmSync(at(bad!)),
    kind: ({ listed }) => (listed ? 'missing-file' : 'orphan-mask'),
    names: ({ listed, bad, masks, maskHome }) => (listed ? bad! : (maskHome ?? masks![0]!)),
    needs: hasMasks,
  },
};

describe.each(Object.entries(COPIES))('%s', (_, copy) => {
  test('a valid copy has no faults except published counts', async () => {
    await copy.build(home);
    const report = await checkDataset(home.root);
    expect(report.findings.filter((found) => !isCounts(found))).toEqual([]);
    expect(report.warnings).toBe(copy.counts ?? 0);
    const end = copy.counts ? `${copy.counts} warning${copy.counts > 1 ? 's' : ''}` : 'no problems found';
    expect(report.sentence).toBe(`${home.root}: ${copy.says}; ${end}`);
  });

  const applicable = Object.entries(FAULTS).filter(([, { needs }]) => needs?.(copy) ?? true);
  test.each(applicable)('%s is reported once', async (_, fault) => {
    await copy.build(home);
    fault.plant(copy);
    const report = await checkDataset(home.root);
    const found = report.findings.filter((finding) => !isCounts(finding));
    expect(found.map(({ kind }) => kind)).toEqual([
      typeof fault.kind === 'string' ? fault.kind : fault.kind(copy),
    ]);
    const [{ sentence, severity, file }] = found as [CheckReport['findings'][number]];
    expect(sentence).toContain(fault.names(copy));
    expect(sentence).not.toContain('\n');
    expect(file.startsWith(home.root)).toBe(true);
    expect(severity).toBe(fault.isWarning?.(copy) ? 'warning' : 'error');
    expect(report.errors).toBe(severity === 'error' ? 1 : 0);
    // an error that needs no decoding stops openFolder too, with the same sentence
    if (severity === 'error' && !['unreadable', 'train-and-test'].includes(found[0]!.kind)) {
      const error: unknown = await openFolder(home.root).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).message).toContain(sentence);
    }
  });
});

describe('all at once', () => {
  test('several faults of several kinds are each reported once', async () => {
    const copy = COPIES['MVTec AD']!;
    await copy.build(home);
    home.pictures('gear/train/good/003.png', 'gear/train/good/004.png', 'gear/train/good/005.png');
    rmSync(at('gear/ground_truth/crack/000_mask.png'));
    home.put('gear/ground_truth/crack/009_mask.png', mask());
    home.put('gear/train/good/000.png', 'text');
    cpSync(at('gear/train/good/001.png'), at('gear/train/good/002.png'));
    cpSync(at('gear/train/good/001.png'), at('gear/test/good/000.png'));
    home.put('gear/train/good/003.png', picture(50, 20, 20));
    home.pictures('gear/train/bad/000.png');
    const report = await checkDataset(home.root);
    expect(report.findings.map(({ kind }) => kind).toSorted()).toEqual([
      'duplicate',
      'missing-mask',
      'not-read',
      'odd-size',
      'orphan-mask',
      'train-and-test',
      'unreadable',
    ]);
    expect(new Set(report.findings.map(({ sentence }) => sentence)).size).toBe(7);
    expect([report.errors, report.warnings]).toEqual([4, 3]);
    expect(report.sentence).toMatch(/; 4 errors and 3 warnings$/);
  });

  test('an incomplete class of a known data set, and one with complete counts', async () => {
    home.pictures('bottle/train/good/000.png');
    home.pictures('tubes/train/good/000.png');
    const { findings, published, licence } = await checkDataset(home.root);
    expect(findings.map(({ kind, sentence }) => [kind, sentence])).toEqual([
      [
        'counts',
        'class bottle has 1 training, 0 good test and 0 defective test pictures, but MVTec AD has 209, 20 and 63: ' +
          'the download is incomplete or reduced',
      ],
    ]);
    expect(published).toEqual({ title: 'MVTec AD', classes: 15 });
    expect(licence).toBeNull();
  });

  test("the licence is the owner's, or the first line of the licence file", async () => {
    home.pictures('1.png');
    home.put('LICENSE.txt', '\n  CC0 1.0 Universal\nmore\n');
    expect((await checkDataset(home.root)).licence).toBe('CC0 1.0 Universal (LICENSE.txt)');
    rmSync(home.root, { recursive: true });
    await COPIES.MPDD!.build(home);
    expect((await checkDataset(home.root)).licence).toMatch(/^CC BY-NC-SA 4\.0 .*MPDD/);
  });

  test('sizes and channels are counted by class, and variety is reported once', async () => {
    home.pictures('1.png', '2.png');
    home.put('3.png', picture(30, 4, 4));
    home.put('4.png', picture(31, 5, 5));
    home.put('5.png', picture(32, 6, 6));
    const { classes, findings } = await checkDataset(home.root);
    expect(classes).toEqual([
      {
        name: 'set',
        train: 5,
        validation: 0,
        testGood: 0,
        testDefective: 0,
        sizes: { '12x9': 2, '4x4': 1, '5x5': 1, '6x6': 1 },
        channels: { 'RGB, 8 bits': 5 },
      },
    ]);
    expect(findings.map(({ kind }) => kind)).toEqual(['odd-size']);
    expect(findings[0]!.sentence).toContain('the sizes of its pictures vary, 4 different ones');
  });

  test('progress counts to the end', async () => {
    home.pictures('1.png', '2.png', '3.png');
    const told: number[] = [];
    await checkDataset(home.root, { onProgress: (done, total) => told.push(done, total) });
    expect(told).toEqual([1, 3, 2, 3, 3, 3]);
  });

  test('files excluded by a list are a warning: unlisted pictures, and defective ones listed for training', async () => {
    await COPIES['VisA, raw']!.build(home);
    cpSync(at('gear/Data/Images/Normal/0000.JPG'), at('gear/Data/Images/Normal/0009.JPG'));
    cpSync(at('gear/Data/Images/Normal/0001.JPG'), at('gear/Data/Images/Anomaly/002.JPG'));
    appendFileSync(at('split_csv/1cls.csv'), 'gear,train,anomaly,gear/Data/Images/Anomaly/002.JPG,\n');
    const { findings, errors } = await checkDataset(home.root);
    expect(errors).toBe(0);
    expect(findings.map(({ kind, file }) => [kind, basename(file)])).toEqual([
      ['not-read', '1cls.csv'],
      ['not-read', '0009.JPG'],
    ]);
  });

  test('a defective picture for which Real-IAD lists no mask is a warning, and its mask unknown', async () => {
    await COPIES['Real-IAD']!.build(home);
    const path = at('realiad_jsons/realiad_jsons/toy.json');
    const list = JSON.parse(readFileSync(path, 'utf8')) as { test: { mask_path: string | null }[] };
    list.test[1]!.mask_path = null;
    writeFileSync(path, JSON.stringify(list));
    const { findings } = await checkDataset(home.root);
    expect(findings.map(({ kind, severity }) => [kind, severity])).toEqual([['missing-mask', 'warning']]);
    const { dataset } = await openFolder(home.root);
    expect(dataset.test[1]).toMatchObject({ label: 1, hasMask: false });
  });

  test('a folder beside the classes with another layout is reported', async () => {
    await COPIES.BTAD!.build(home);
    home.pictures('04/1.png');
    const { findings } = await checkDataset(home.root);
    expect(findings.map(({ kind, file }) => [kind, file])).toEqual([['not-read', at('04')]]);
    mkdirSync(at('05'));
    expect((await checkDataset(home.root)).findings.length).toBe(1);
  });
});

const realThere = sharedHas('data/mvtec256', 'checking real MVTec pictures');

test.skipIf(!realThere)('the real data set: a reduced class is reported, and nothing else', async () => {
  const report = await checkDataset(shared('data/mvtec256'));
  expect(report.findings.map(({ sentence }) => sentence)).toEqual([
    'class hazelnut has 50 training, 2 good test and 8 defective test pictures, but MVTec AD has 391, 40 and 70: ' +
      'the download is incomplete or reduced',
  ]);
  expect(report.sentence).toBe(
    `${shared('data/mvtec256')}: MVTec AD's layout: 3 classes (bottle, hazelnut, tire), ` +
      '469 training and 205 test pictures; 1 warning',
  );
});
