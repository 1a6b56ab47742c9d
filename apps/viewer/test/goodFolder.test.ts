import { describe, expect, test } from 'vitest';
import { goodFolder, whyNot } from '../src/folders/goodFolder.js';
import { fromInput } from '../src/folders/readFolder.js';

const found = (name: string, paths: string[]) => {
  const { products, left } = goodFolder(
    name,
    paths.map((path) => ({ path, file: path })),
  );
  return {
    products: Object.fromEntries(products.map((one) => [one.name, one.pictures.map(({ file }) => file)])),
    left,
  };
};

test('files from a browser without a folder still form a product', () => {
  const picked = (name: string, webkitRelativePath: string) =>
    Object.assign(new File([], name), { webkitRelativePath });
  const loose = fromInput([picked('1.png', ''), picked('2.png', '')])!;
  expect([loose.name, ...loose.files.map(({ path }) => path)]).toEqual(['product', '1.png', '2.png']);
  const folder = fromInput([picked('1.png', 'bolts/m6/1.png')])!;
  expect([folder.name, ...folder.files.map(({ path }) => path)]).toEqual(['bolts', 'm6/1.png']);
});

describe('a folder of good pictures', () => {
  test('is one product if it contains pictures', () => {
    expect(found('bolt', ['10.png', '9.jpg', 'readme.txt', '.hidden.png'])).toEqual({
      products: { bolt: ['9.jpg', '10.png'] },
      left: [],
    });
  });

  test('is one product if it contains good/ and bad/, and bad/ is explained', () => {
    expect(found('bolt', ['good/1.png', 'bad/2.png', 'bad/scratch/3.png'])).toEqual({
      products: { bolt: ['good/1.png'] },
      left: [
        '1 picture of bad/ is not used: a model trains on good pictures only.',
        '1 picture of bad/scratch/ is not used: a model trains on good pictures only.',
      ],
    });
  });

  test('has one product per sub-folder, each with its good pictures', () => {
    const { products, left } = found('all', [
      'nut/1.png',
      'nut/test/2.png',
      'bolt/train/good/1.png',
      'bolt/test/good/1.png',
      'bolt/ground_truth/cut/1_mask.png',
      'cap/batch7/1.png',
    ]);
    expect(products).toEqual({ nut: ['nut/1.png'], bolt: ['bolt/train/good/1.png'] });
    expect(left).toHaveLength(4);
    expect(left.join()).toMatch(/cap\/batch7\/ .*it is not clear that they are good/);
  });

  test('skips loose pictures beside products, and TIFFs, with a reason', () => {
    const { products, left } = found('all', ['0.png', 'nut/1.png', 'nut/2.tif']);
    expect(products).toEqual({ nut: ['nut/1.png'] });
    expect(left).toHaveLength(2);
  });

  test.each([
    ['normal', 'abnormal'],
    ['pass', 'fail'],
    ['OK', 'NOK'],
    ['gut', 'schlecht'],
    ['i.O.', 'n.i.O.'],
    ['bons', 'rebuts'],
    ['良品', '不良品'],
    ['intact', 'broken'],
  ])('never makes products of %s and %s', (good, bad) => {
    for (const above of ['', 'bolt/']) {
      const { products, left } = found('bolt', [`${above}${good}/1.png`, `${above}${bad}/2.png`]);
      expect(products).toEqual({ bolt: [`${above}${good}/1.png`] });
      expect(left.join()).toMatch(/not used: a model trains on good pictures only/);
    }
  });

  test('trains on no masks, no validation pictures, no kinds of defects, and asks where a name may mean either', () => {
    expect(
      found('bolt', ['images/1.png', 'masks/1.png', 'val/good/1.png', 'scratch/1.png', 'positive/1.png']),
    ).toMatchObject({ products: {} });
    expect(found('bolt', ['positive/1.png', 'negative/1.png']).left.join()).toMatch(
      /rename it to good or bad/,
    );
  });

  test.each<[string, string, string[], string[], RegExp]>([
    [
      'a mask in good/',
      'bolt',
      ['good/7.png', 'good/7_mask.png', 'good/mask_7.png'],
      ['good/7.png'],
      /2 .*masks/,
    ],
    ['masks beside pictures', 'bolt', ['7.png', '7_mask.png', '8.png'], [], /does not read masks/],
    ['pictures beside masks/', 'bolt', ['7.png', 'masks/7.png'], [], /does not read masks/],
    [
      'a file named NG',
      'bolt',
      ['OK_1.png', 'NG_2.png', 'no_ok_3.png'],
      ['OK_1.png'],
      /2 .*named like defective/,
    ],
    ['a folder NG', 'NG', ['1.png'], [], /name of defective pictures/],
    ['a folder masks', 'masks', ['1.png'], [], /name of masks/],
    ['a COCO export', 'bolt', ['train/1.png', 'train/_annotations.coco.json'], [], /annotations/],
    ['a YOLO export', 'bolt', ['data.yaml', 'train/1.png'], [], /annotations/],
    ['labels of YOLO', 'bolt', ['1.png', 'labels/1.txt'], [], /annotations/],
    ['a sidecar of labelme', 'bolt', ['1.png', '1.json', '2.png'], [], /annotations/],
    [
      'halves of a product',
      'all',
      ['screw_good/1.png', 'screw_bad/2.png'],
      ['screw_good/1.png'],
      /screw_bad/,
    ],
    ['0 beside 1', 'all', ['0/1.png', '1/2.png'], [], /rename it to good or bad/],
  ])('trains on nothing that the command line refuses: %s', (_, name, paths, trained, why) => {
    const { products, left } = found(name, paths);
    expect(Object.values(products).flat()).toEqual(trained);
    expect(left.join()).toMatch(why);
  });

  test('trains on pictures that are all named alike, and beside notes of other names', () => {
    const paths = ['NG-4711_1.png', 'NG-4711_2.png', 'notes.txt', 'camera.json'];
    expect(found('bolt', ['good/1.png', 'good/1.json']).products).toEqual({ bolt: ['good/1.png'] });
    expect(found('NG-4711', paths)).toEqual({ products: { 'NG-4711': paths.slice(0, 2) }, left: [] });
  });

  test('counts what is not read by its format, and leaves out what operating systems put there', () => {
    const { products, left } = found('bolt', [
      '1.jfif',
      '2.avif',
      '3.tif',
      '4.TIFF',
      '@eaDir/1.jfif/SYNOFILE_THUMB_M.jpg',
      '__MACOSX/._1.png',
      'Thumbs.db',
    ]);
    expect(products).toEqual({ bolt: ['1.jfif'] });
    expect(left).toEqual([
      '3 files are not used because of the format (1 .avif, 1 .tif, 1 .tiff): browsers do not read it; save as PNG.',
    ]);
  });

  test('takes a name for one name, however its accents are stored', () => {
    const nfd = 'caf\u00e9'.normalize('NFD');
    expect(Object.keys(found('all', [`caf\u00e9/1.png`, `${nfd}/2.png`, 'tee/3.png']).products)).toHaveLength(
      2,
    );
  });

  test('is rejected with one sentence if it has too few pictures', () => {
    const product = (name: string, count: number) => ({
      name,
      pictures: Array.from({ length: count }, (_, i) => ({ id: `${i}`, file: i })),
    });
    expect(whyNot([])).toMatch(/At least 20 good pictures are needed, and none were found/);
    expect(whyNot([product('nut', 19)])).toMatch(/19 were found/);
    expect(whyNot([product('nut', 20), product('cap', 3)])).toMatch(/cap has 3 good pictures/);
    expect(whyNot([product('nut', 20)])).toBeNull();
  });
});
