// Folders of users, unlike published data sets: only good products may be trained as good.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DataError, type Dataset } from '../src/index.js';
import { checkDataset, openFolder } from '../src/node/index.js';
import { mayBeProduct } from '../src/node/layouts/folders/products.js';
import { goodAndBad } from '../src/names/roles.js';
import { Home, mask, picture } from './copies.js';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

const plain = (text: string) => text.replaceAll(home.root, 'ROOT');
const idsOf = (samples: Dataset['test']) => samples.map(({ id }) => id);

/** The result for the folder: the pictures of each split, and the notices. */
async function opened() {
  const { dataset, notices, layout } = await openFolder(home.root);
  return {
    layout,
    classes: dataset.classes,
    train: idsOf(dataset.train),
    validation: idsOf(dataset.validation ?? []),
    good: idsOf(dataset.test.filter(({ label }) => label === 0)),
    bad: idsOf(dataset.test.filter(({ label }) => label === 1)),
    masked: idsOf(dataset.test.filter(({ label, hasMask }) => label === 1 && hasMask !== false)),
    notices: notices.map(plain),
  };
}

/** The error for the folder, common to `train`, `check` and `evaluate`. */
async function refused(): Promise<string> {
  const reasons = await Promise.all(
    [openFolder(home.root), checkDataset(home.root)].map((work) => work.catch((error: unknown) => error)),
  );
  for (const reason of reasons) expect(reason).toBeInstanceOf(DataError);
  const [first, second] = reasons.map((reason) => plain((reason as DataError).message));
  expect(second).toBe(first);
  expect(first).not.toContain('\n');
  return first!;
}

const PAIRS = [
  'good/bad',
  'OK/NG',
  'ok/nok',
  'Ok/Not OK',
  'OK/NotOK',
  'good/not_good',
  'normal/abnormal',
  'Normal/Anomaly',
  'normal/anomalous',
  'normals/anomalies',
  'pass/fail',
  'PASSED/FAILED',
  'accept/reject',
  'accepted/rejected',
  'good/defect',
  'good/defects',
  'non-defective/defective',
  'no_defect/defect',
  'defect-free/defective',
  'undamaged/damaged',
  'unbroken/broken',
  'good/faulty',
  'good/scrap',
  'ok_front/def_front',
  'good parts/bad parts',
  '01_good/02_bad',
  'Good (12)/Bad (3)',
  'images_good/images_bad',
  'goodParts/badParts',
  'clean/dirty',
  'intact/damaged',
  'gut/schlecht',
  'Gutteile/Schlechtteile',
  'io/nio',
  'i.O./n.i.O.',
  'IO/NIO',
  'in_Ordnung/nicht_in_Ordnung',
  'fehlerfrei/fehlerhaft',
  'gut/fehler',
  'gut/defekt',
  'gut/Ausschuss',
  'gut/ausschuß',
  'OK-Teile/NOK-Teile',
  'unbeschädigt/beschädigt',
  'bon/mauvais',
  'conforme/non conforme',
  'bons/défauts',
  'normal/défectueux',
  'bueno/malo',
  'sin defecto/defectuoso',
  'aceptado/rechazado',
  'buono/difettoso',
  'conformi/scarti',
  'bom/defeito',
  'aprovado/reprovado',
  'conforme/não conforme',
  'goed/afgekeurd',
  'goed/slecht',
  'dobry/zły',
  'dobre/wadliwe',
  'dobré/vadné',
  'shodné/zmetky',
  'iyi/kötü',
  'sağlam/hatalı',
  'İyi/Kusurlu',
  'годные/брак',
  'норма/дефект',
  '良品/不良品',
  '正常/異常',
  '合格/不合格',
  'OK品/NG品',
  '正常/异常',
  '好/坏',
  '良品/次品',
  '양품/불량품',
  '정상/비정상',
  'ＯＫ/ＮＧ',
].map((pair) => pair.split('/') as [string, string]);

describe('words for good and defective pictures', () => {
  test.each(PAIRS)('%s and %s are recognised in any spelling', (good, bad) => {
    const upper = (name: string) =>
      name
        .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
        .normalize('NFD')
        .toUpperCase()
        .replace(/[ _-]/g, '.');
    for (const write of [(name: string) => name, upper]) {
      const [one, other] = [write(good), write(bad)];
      expect(goodAndBad([other, one, 'masks', 'notes'])).toEqual({ good: [one], bad: [other], kinds: [] });
      // a word that means a defect only beside good pictures may name a product
      if (bad !== 'dirty') expect(mayBeProduct(other)).toBe(false);
    }
  });

  test.each(PAIRS.filter((_, i) => i % 12 === 0))(
    '%s and %s are not products: in the root, in a product, in splits',
    async (good, bad) => {
      home.pictures(`${good}/1.png`, `${good}/2.png`, `${bad}/3.png`);
      expect(await opened()).toEqual({
        layout: 'good-bad',
        classes: ['set'],
        train: [`${good}/1.png`, `${good}/2.png`],
        validation: [],
        good: [],
        bad: [`${bad}/3.png`],
        masked: [],
        notices: [],
      });
      home.remove();
      home = new Home();
      home.pictures(`gear/train/${good}/1.png`, `gear/test/${good}/2.png`, `gear/test/${bad}/3.png`);
      home.pictures(`nut/${good}/1.png`, `nut/${bad}/2.png`);
      const { train, good: fine, bad: defective } = await opened();
      expect(train).toEqual([`gear/train/${good}/1.png`, `nut/${good}/1.png`]);
      expect(fine).toEqual([`gear/test/${good}/2.png`]);
      expect(defective).toEqual([`gear/test/${bad}/3.png`, `nut/${bad}/2.png`]);
      home.remove();
      home = new Home();
      home.pictures(`${bad}/1.png`);
      expect(await refused()).toMatch(
        / has the name of defective pictures, and no folder beside it has the name of good ones: put/,
      );
      home.pictures('gear/1.png');
      expect(await refused()).toContain('has the name of defective pictures');
    },
  );

  test('words that mean good or bad only beside each other', async () => {
    home.pictures(
      'clean/train/clean/1.png',
      'clean/test/clean/2.png',
      'clean/test/dirty/3.png',
      'io/io/4.png',
      'io/nio/5.png',
    );
    const { classes, train, good, bad } = await opened();
    expect([classes, train, good, bad]).toEqual([
      ['clean', 'io'],
      ['clean/train/clean/1.png', 'io/io/4.png'],
      ['clean/test/clean/2.png'],
      ['clean/test/dirty/3.png', 'io/nio/5.png'],
    ]);
  });

  test('product names that contain such a word are products', async () => {
    home.pictures(
      'normal screw/1.png',
      'standard/1.png',
      'NG-4711/1.png',
      'brass nut/1.png',
      'Bad Aibling/1.png',
      'red/1.png',
    );
    const { layout, classes } = await opened();
    expect([layout, classes.length]).toEqual(['products', 6]);
  });

  test.each([
    ['screw_good', 'screw_bad'],
    ['good_screw', 'bad_screw'],
    ['screw', 'screw-ng'],
    ['bolt', 'defective screws'],
    ['Schraube_gut', 'Schraube_nio'],
  ])('a product and its defects beside each other are an error: %s, %s', async (good, bad) => {
    home.pictures(`${good}/1.png`, `${bad}/1.png`);
    expect(await refused()).toContain(
      "has the name of a product's defective pictures: put them in ROOT/<product>/bad",
    );
  });

  test.each([
    ['positive', 'negative'],
    ['pos', 'neg'],
    ['yes', 'no'],
    ['0', '1'],
    ['True', 'False'],
  ])('%s and %s are ambiguous, and an error', async (one, other) => {
    home.pictures(`${one}/1.png`, `${other}/1.png`);
    expect(await refused()).toMatch(/may mean good (or|and) defective pictures: rename/);
  });

  test('defect types beside good pictures are for the test; without good pictures they are an error', async () => {
    home.pictures('good/1.png', 'scratch/1.png', 'dents/1.png', 'colour/1.png');
    const { bad, notices } = await opened();
    expect(bad).toEqual(['dents/1.png', 'scratch/1.png']);
    expect(notices).toEqual([
      'ROOT/colour: 1 picture is not read: beside good, defective pictures lie in bad/ or bad/<defect>/',
    ]);
    home.remove();
    home = new Home();
    home.pictures('scratches/1.png', 'crazing/1.png', 'pitted_surface/1.png');
    expect(await refused()).toContain('has the name of defective pictures');
  });

  test('a folder with the name of defects or masks is an error', async () => {
    home.pictures('NG/1.png', 'masks/1.png');
    await expect(openFolder(join(home.root, 'NG'))).rejects.toThrow(/NG has the name of defective pictures/);
    await expect(openFolder(join(home.root, 'masks'))).rejects.toThrow(/masks has the name of masks/);
  });

  test('file names that say which pictures are defective', async () => {
    home.pictures('OK_001.png', 'OK_002.png', 'NG_003.png');
    expect(await refused()).toBe(
      'ROOT/NG_003.png is named like a defective picture (1 of 3 pictures in ROOT are): put those in bad/ and the others in good/; ' +
        'if they are good, rename them',
    );
    home.remove();
    home = new Home();
    home.pictures('gear/good-1.png', 'gear/scratch-2.png');
    expect(await refused()).toContain('scratch-2.png is named like a defective picture (1 of 2');
    home.remove();
    home = new Home();
    home.pictures('not_ok.1.png', 'part.2.png');
    expect(await refused()).toContain('not_ok.1.png is named like a defective picture');
    home.remove();
    home = new Home();
    home.pictures('NG-4711_1.png', 'NG-4711_2.png');
    const { train, notices } = await opened();
    expect(train.length).toBe(2);
    expect(notices).toEqual([
      expect.stringContaining('all 2 pictures in ROOT are named like defective ones'),
    ]);
  });
});

describe('a negation before a word for good', () => {
  test.each(
    'nicht_ok no_ok no_bueno non_buono not_approved pas_conforme não_aprovado niet_goed nie_dobre inte_ok ikke_godkjent не_годен 未合格 iyi_değil nichtOK'.split(
      ' ',
    ),
  )('%s means a defect: as a folder, as an end of a name, and in a file name', async (words) => {
    expect(goodAndBad(['OK', words, `pieza_${words}`])).toMatchObject({
      good: ['OK'],
      bad: [words, `pieza_${words}`],
    });
    home.pictures(`bolt_${words}/1.png`, 'nut/1.png');
    expect(await refused()).toContain("has the name of a product's defective pictures");
    home.remove();
    home = new Home();
    home.pictures('ok_001.png', `${words}_002.png`);
    expect(await refused()).toContain(`${words}_002.png is named like a defective picture (1 of 2`);
  });

  test('but not the number of a part, nor a word for a good part that begins with one', async () => {
    home.pictures('part_No_5_ok.png', 'No_defect_2.png', 'normal_3.png');
    expect((await opened()).train.length).toBe(3);
  });
});

describe('splits', () => {
  test.each(['val', 'valid', 'validation', 'Val', 'dev', 'Validation_set'])(
    'good pictures of %s set thresholds, defective ones are for the test',
    async (val) => {
      home.pictures('train/good/1.png', `${val}/good/2.png`, `${val}/bad/3.png`, `${val}/crack/4.png`);
      const { train, validation, bad, good, notices } = await opened();
      expect([train, validation, good, bad]).toEqual([
        ['set/train/good/1.png'],
        [`set/${val}/good/2.png`],
        [],
        [`set/${val}/bad/3.png`, `set/${val}/crack/4.png`],
      ]);
      expect(notices).toEqual([expect.stringContaining('ROOT has no masks: its 2 defective pictures')]);
    },
  );

  test('validation beside a test: everything is read, and masks are those of the test', async () => {
    home.pictures(
      'gear/train/good/1.png',
      'gear/val/bad/2.png',
      'gear/val/good/3.png',
      'gear/test/bad/2.png',
    );
    home.put('gear/ground_truth/bad/2.png', mask());
    const { validation, bad, masked, notices } = await opened();
    expect([validation, bad, masked, notices]).toEqual([
      ['gear/val/good/3.png'],
      ['gear/test/bad/2.png', 'gear/val/bad/2.png'],
      ['gear/test/bad/2.png'],
      [],
    ]);
  });

  test('splits and defect types in capitals, and defective training pictures, which are counted and reported', async () => {
    home.pictures('Train/OK/1.png', 'Train/NG/2.png', 'Train/NG/3.png', 'TEST/Ok/4.png', 'TEST/Ng/5.png');
    const { layout, train, good, bad, notices } = await opened();
    expect([layout, train, good, bad]).toEqual([
      'mvtec',
      ['set/Train/OK/1.png'],
      ['set/TEST/Ok/4.png'],
      ['set/TEST/Ng/5.png'],
    ]);
    expect(notices).toContain(
      'ROOT/Train/NG: 2 pictures are not read: training uses only the folder of good pictures',
    );
  });

  test('folders whose names contain both a split and good or bad', async () => {
    home.pictures('train_good/1.png', 'test_good/2.png', 'val_good/3.png', 'test_bad/4.png');
    const { train, validation, good, bad } = await opened();
    expect([train, validation, good, bad]).toEqual([
      ['train_good/1.png'],
      ['val_good/3.png'],
      ['test_good/2.png'],
      ['test_bad/4.png'],
    ]);
  });

  test.each(['label', 'labels', 'seg'])('a defect called %s is read, or reported', async (name) => {
    home.pictures('train/good/1.png', 'test/good/1.png', `test/${name}/1.png`, 'test/scratch/2.png');
    expect((await opened()).bad).toEqual([`set/test/${name}/1.png`, 'set/test/scratch/2.png'].sort());
    home.pictures(`test/${name}/2.png`);
    const { bad, notices } = await opened();
    expect(bad).toEqual(['set/test/scratch/2.png']);
    expect(notices).toContain(
      `ROOT/test/${name}: 2 pictures are not read: the folder has the name of masks, and nothing looks for masks there; ` +
        'if it holds defective pictures, rename it',
    );
    home.remove();
    home = new Home();
    home.pictures('good/1.png', `${name}/1.png`);
    expect((await opened()).notices.join()).toContain(`ROOT/${name}: 1 picture is not read`);
  });

  test('masks of good pictures are not told of', async () => {
    home.pictures('train/good/1.png', 'test/good/2.png', 'test/good/gt/2.png');
    expect((await opened()).notices).toEqual([]);
  });

  test('a validation folder without a training folder is an error', async () => {
    home.pictures('val/good/1.png', 'val/bad/2.png');
    expect(await refused()).toContain(
      'ROOT/val: to be read as a split of a data set, good pictures must be in train/good',
    );
  });

  test('training pictures outside train/good: where to put them', async () => {
    home.pictures('train/1.png', 'train/2.png', 'test/good/1.png');
    await expect(openFolder(home.root)).rejects.toThrow(
      /2 pictures are directly in .*train, but training reads those in .*train\/good/,
    );
  });
});

describe('masks and exports of segmentation programs', () => {
  const PAIRED: [pictures: string, masks: string][] = [
    ['images', 'masks'],
    ['Images', 'Mask'],
    ['imgs', 'gt'],
    ['image', 'ground_truth'],
    ['JPEGImages', 'SegmentationClass'],
    ['images', 'labels'],
    ['photos', 'annotations'],
    ['Bilder', 'Masken'],
    ['originals', 'segmentation masks'],
    ['img', 'GroundTruth'],
  ];

  test.each(PAIRED)(
    '%s with %s: an empty mask labels a picture good, a non-empty one defective',
    async (pictures, masks) => {
      home.pictures(`${pictures}/1.png`, `${pictures}/2.png`, `${pictures}/3.png`);
      home.put(`${masks}/1.png`, mask(0));
      home.put(`${masks}/2.png`, mask());
      home.put(`${masks}/3_mask.png`, mask(0));
      expect(await opened()).toEqual({
        layout: 'images-masks',
        classes: ['set'],
        train: [`${pictures}/1.png`, `${pictures}/3.png`],
        validation: [],
        good: [],
        bad: [`${pictures}/2.png`],
        masked: [`${pictures}/2.png`],
        notices: [],
      });
    },
  );

  test.each(PAIRED)(
    '%s with %s and no empty mask: an error, there are no good pictures',
    async (pictures, masks) => {
      home.pictures(`${pictures}/1.png`, `${pictures}/2.png`);
      for (const i of [1, 2]) home.put(`${masks}/${i}.png`, mask());
      await expect(openFolder(home.root)).rejects.toThrow(
        /class "set" is empty: each of the 2 pictures in .* has a mask that marks something, .* put good ones in good\/ and these in bad\//,
      );
    },
  );

  test('a picture without a mask has an unknown label: an error', async () => {
    home.pictures('images/1.png', 'images/2.png', 'images/3.png');
    home.put('masks/1.png', mask(0));
    await expect(openFolder(home.root)).rejects.toThrow(
      /images\/2\.png has no mask in .*masks \(2 of 3 pictures have none\)/,
    );
  });

  test('the same in a folder of a product, with pictures beside a folder of masks, and with masks beside pictures', async () => {
    for (const [pictures, masks, end] of [
      ['gear/images/', 'gear/masks/', ''],
      ['gear/', 'gear/masks/', ''],
      ['gear/', 'gear/', '_mask'],
    ]) {
      home.pictures(`${pictures}1.png`, `${pictures}2.png`, 'nut/1.png');
      home.put(`${masks}1${end}.png`, mask());
      home.put(`${masks}2${end}.png`, mask(0));
      const { train, bad, masked } = await opened();
      expect([train, bad, masked]).toEqual([
        [`${pictures}2.png`, 'nut/1.png'],
        [`${pictures}1.png`],
        [`${pictures}1.png`],
      ]);
      home.remove();
      home = new Home();
    }
  });

  test.each(['_mask', '-mask', '_gt', '.mask', ' mask', '_label', '_seg', '_ground_truth', '_Mask'])(
    'a mask named x%s beside a good picture is never trained',
    async (end) => {
      home.pictures('good/x.png', 'good/y.png');
      home.put(`good/x${end}.png`, mask());
      const { train, notices } = await opened();
      expect(train).toEqual(['good/x.png', 'good/y.png']);
      expect(notices).toEqual([expect.stringContaining('is a mask among good pictures: not read')]);
    },
  );

  test.each(
    'mask_7 7_heatmap 7_overlay 7_maschera 7_annotated 7_Mask_2 label-7 7mask ground_truth_7 segmentation.7'.split(
      ' ',
    ),
  )('%s beside 7 is its mask in every plain folder, never trained', async (name) => {
    home.pictures('good/7.png', 'bad/7.png', 'good/8.png');
    home.put(`good/${name}.png`, mask());
    home.put(`bad/${name}.png`, mask());
    const { train, bad, masked } = await opened();
    expect([train, bad, masked]).toEqual([['good/7.png', 'good/8.png'], ['bad/7.png'], ['bad/7.png']]);
    home.remove();
    home = new Home();
    home.pictures('7.png', '8.png');
    home.put(`${name}.png`, mask());
    home.put('8_mask.png', mask(0));
    const flat = await opened();
    expect([flat.layout, flat.train, flat.masked]).toEqual(['flat', ['8.png'], ['7.png']]);
  });

  test('a picture and its mask that differ only in the suffix are an error in every plain folder', async () => {
    for (const folder of ['', 'good/', 'gear/']) {
      home.put(`${folder}1.jpg`, await sharp(picture(1)).jpeg().toBuffer());
      home.put(`${folder}1.png`, mask());
      await expect(openFolder(home.root)).rejects.toThrow(/contains both 1\.jpg and 1\.png/);
      home.remove();
      home = new Home();
    }
  });

  test('masks inside the folder of defective pictures', async () => {
    home.pictures('good/1.png', 'bad/2.png', 'bad/crack/3.png');
    home.put('bad/masks/2.png', mask());
    home.put('bad/crack/mask/3.png', mask());
    const { bad, masked } = await opened();
    expect(bad).toEqual(['bad/2.png', 'bad/crack/3.png']);
    expect(masked).toEqual(bad);
  });

  test.each([
    'masks',
    'labels',
    'annotations',
    'SegmentationObject',
    'gt',
    'heatmaps',
    'overlays',
    'ground truth',
    'Masken',
    '标注',
  ])('a folder %s beside products is an error, and never a product', async (name) => {
    home.pictures('gear/1.png', 'nut/1.png', `${name}/1.png`);
    expect(await refused()).toMatch(
      /has the name of masks or annotations, .* if it is a product, rename the folder/,
    );
  });

  const EXPORTS: Record<string, () => void> = {
    'YOLO: images/ and labels/ by split': () => {
      home.pictures('images/train/1.png', 'images/val/2.png');
      home.put('labels/train/1.txt', '0 0.5 0.5 0.1 0.1\n');
      home.put('data.yaml', 'names: [scratch]\n');
    },
    'YOLO: labels beside images': () => {
      home.pictures('images/1.png');
      home.put('labels/1.txt', '0 0.5 0.5 0.1 0.1\n');
    },
    'YOLO: text beside the pictures': () => {
      home.pictures('1.png', '2.png');
      home.put('1.txt', '0 0.5 0.5 0.1 0.1\n');
    },
    COCO: () => {
      home.pictures('train2017/1.png', 'val2017/2.png');
      home.put('annotations/instances_train2017.json', '{"images": [], "annotations": []}');
    },
    'Roboflow COCO': () => {
      for (const split of ['train', 'valid', 'test']) {
        home.pictures(`${split}/1.png`);
        home.put(`${split}/_annotations.coco.json`, '{}');
      }
    },
    'Roboflow YOLO': () => {
      for (const split of ['train', 'valid', 'test']) {
        home.pictures(`${split}/images/1.png`);
        home.put(`${split}/labels/1.txt`, '0 0.5 0.5 0.1 0.1');
      }
      home.put('data.yaml', 'nc: 1');
    },
    'Roboflow segmentation': () => {
      home.pictures('train/1.png');
      home.put('train/1_mask.png', mask());
      home.put('train/_classes.csv', 'Pixel Value, Class\n0,background\n');
    },
    VOC: () => {
      home.pictures('JPEGImages/1.png');
      home.put('Annotations/1.xml', '<annotation><object/></annotation>');
      home.put('ImageSets/Main/train.txt', '1\n');
    },
    'VOC in one folder': () => {
      home.pictures('1.png');
      home.put('1.xml', '<annotation>\n<object/></annotation>');
    },
    labelme: () => {
      home.pictures('1.png', '2.png');
      home.put('2.json', '{"version": "5.0", "shapes": [{"label": "scratch"}], "imagePath": "2.png"}');
    },
    'labelme in a folder of a product': () => {
      home.pictures('gear/1.png', 'gear/2.png', 'nut/1.png');
      home.put('gear/2.json', '{"version": "5.0", "shapes": [], "imagePath": "2.png"}');
    },
    'Label Studio': () => {
      home.pictures('images/1.png');
      home.put('result.json', '[]');
    },
    'Label Studio YOLO': () => {
      home.pictures('images/1.png');
      home.put('labels/1.txt', '');
      home.put('classes.txt', 'scratch');
      home.put('notes.json', '{}');
    },
    CVAT: () => {
      home.pictures('images/1.png', 'images/2.png');
      home.put('annotations.xml', '<annotations/>');
    },
    'halves by split': () => {
      home.pictures('train/images/1.png', 'test/images/2.png');
      home.put('train/masks/1.png', mask());
      home.put('test/masks/2.png', mask());
    },
    'splits in halves': () => {
      home.pictures('images/train/1.png', 'images/test/2.png');
      home.put('masks/train/1.png', mask());
      home.put('masks/test/2.png', mask());
    },
  };
  test.each(Object.entries(EXPORTS))('%s is an error that says how to arrange it', async (_, build) => {
    build();
    expect(await refused()).toMatch(
      /annotation.*put good pictures in good\/, defective ones in bad\/ and masks in masks\//,
    );
  });

  test('notes of a camera beside pictures are not annotations', async () => {
    home.pictures('1.png', '2.png');
    home.put('1.json', '{"exposure": 12, "gain": 3}');
    home.put('1.xml', '<capture/>');
    home.put('2.txt', 'line 3, station 4');
    expect((await opened()).train).toEqual(['1.png', '2.png']);
  });
});

describe('unread files', () => {
  test('unsupported formats are counted by suffix, in every layout', async () => {
    const put = (folder: string) => {
      for (const name of [
        'a.gif',
        'b.gif',
        'c.avif',
        'd.HEIC',
        'e.cr2',
        'f.svg',
        'g.mp4',
        'h.dcm',
        'i.psd',
        'j.jxl',
      ])
        home.put(`${folder}${name}`, 'x');
    };
    for (const [sound, folder] of [
      ['1.png', ''],
      ['good/1.png', 'good/'],
      ['good/1.png', 'bad/'],
      ['gear/1.png', 'gear/'],
      ['gear/train/good/1.png', 'gear/train/good/'],
      ['gear/train/good/1.png', 'gear/test/deep/er/'],
      ['gear/train/good/1.png', 'elsewhere/'],
    ] as const) {
      home.pictures(sound);
      put(folder);
      const sentence =
        'ROOT: 10 files are not read because of their format (2 .gif, 1 .avif, 1 .cr2, 1 .dcm, 1 .heic, 1 .jxl, 1 .mp4, 1 .psd and 1 more formats): ' +
        'convert them to PNG or JPEG, or remove them';
      expect((await opened()).notices).toEqual([sentence]);
      const { findings } = await checkDataset(home.root);
      expect(findings.map(({ kind, sentence }) => [kind, plain(sentence)])).toEqual([['not-read', sentence]]);
      home.remove();
      home = new Home();
    }
  });

  test('a folder with nothing else is reported as such', async () => {
    home.put('1.gif', 'GIF89a');
    home.put('sub/2.avif', 'x');
    expect(await refused()).toBe(
      'ROOT: 2 files are not read because of their format (1 .avif, 1 .gif): convert them to PNG or JPEG, or remove them',
    );
  });

  test('formats are detected by bytes: other suffixes of pictures are read', async () => {
    const jpeg = await sharp(picture(1)).jpeg().toBuffer();
    const png = picture(2);
    for (const name of [
      '1.jfif',
      '2.JPE',
      '3.jif',
      '4.pjpeg',
      '5',
      '6.photo',
      '7.jpg!large',
      '8.gif',
      '9.heic',
    ])
      home.put(name, jpeg);
    for (const name of ['10.apng', '11.dib', '12.image']) home.put(name, png);
    home.put('notes', 'BM is not a bitmap');
    home.put('README', 'text');
    const { train, notices } = await opened();
    expect(train.length).toBe(12);
    expect(notices).toEqual([]);
    expect((await checkDataset(home.root)).errors).toBe(0);
  });

  test('a camera raw file is not a TIFF', async () => {
    home.pictures('1.png');
    home.put('2.nef', await sharp(picture(3)).tiff().toBuffer());
    expect((await opened()).notices).toEqual([
      expect.stringContaining('1 file is not read because of their format (1 .nef)'),
    ]);
  });

  test('pictures at any depth outside the layout are counted by folder', async () => {
    home.pictures('good/1.png', 'good/monday/2.png', 'good/monday/3.png', 'old/a/4.png', 'old/b/5.png');
    expect((await opened()).notices).toEqual([
      'ROOT/good/monday: 2 pictures are not read: beside good, defective pictures lie in bad/ or bad/<defect>/',
      'ROOT/old: 2 pictures are not read: beside good, defective pictures lie in bad/ or bad/<defect>/',
    ]);
  });

  test('classes that were not selected are not reported', async () => {
    home.pictures('gear/1.png', 'nut/1.png');
    home.put('nut/2.gif', 'x');
    const { notices } = await openFolder(home.root, { classes: ['gear'] });
    expect(notices).toEqual([]);
  });

  test('links in unread folders, out of the data set or to a parent, do no harm', async () => {
    home.pictures('gear/train/good/1.png');
    mkdirSync(join(home.root, 'docs', 'links'), { recursive: true });
    symlinkSync(join(home.root, '..'), join(home.root, 'docs', 'links', 'out'));
    symlinkSync(home.root, join(home.root, 'docs', 'links', 'up'));
    const { train, notices } = await opened();
    expect(train).toEqual(['gear/train/good/1.png']);
    expect(notices).toEqual([expect.stringContaining('docs/links/out is a link that leads out of ROOT')]);
  });
});
