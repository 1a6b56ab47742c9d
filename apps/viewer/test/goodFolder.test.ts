import { describe, expect, test } from 'vitest';
import { goodFolder, whyNot } from '../src/views/train/goodFolder.js';
import { fromInput } from '../src/views/train/readFolder.js';

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

test('files that a browser gives without their folder are of a product all the same', () => {
  const picked = (name: string, webkitRelativePath: string) =>
    Object.assign(new File([], name), { webkitRelativePath });
  const loose = fromInput([picked('1.png', ''), picked('2.png', '')])!;
  expect([loose.name, ...loose.files.map(({ path }) => path)]).toEqual(['product', '1.png', '2.png']);
  const folder = fromInput([picked('1.png', 'bolts/m6/1.png')])!;
  expect([folder.name, ...folder.files.map(({ path }) => path)]).toEqual(['bolts', 'm6/1.png']);
});

describe('a folder of good pictures', () => {
  test('is one product where pictures lie in it', () => {
    expect(found('bolt', ['10.png', '9.jpg', 'readme.txt', '.hidden.png'])).toEqual({
      products: { bolt: ['9.jpg', '10.png'] },
      left: [],
    });
  });

  test('is one product where good/ and bad/ lie in it, and bad/ is explained', () => {
    expect(found('bolt', ['good/1.png', 'bad/2.png', 'bad/scratch/3.png'])).toEqual({
      products: { bolt: ['good/1.png'] },
      left: [
        '1 picture of bad/ is not used: a model learns from good pictures alone.',
        '1 picture of bad/scratch/ is not used: a model learns from good pictures alone.',
      ],
    });
  });

  test('has a product a sub-folder, each with what is good in it', () => {
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
    expect(left.join()).toMatch(/cap\/batch7\/ .*nothing says that they are good/);
  });

  test('leaves loose pictures beside products out, and TIFFs, with a reason', () => {
    const { products, left } = found('all', ['0.png', 'nut/1.png', 'nut/2.tif']);
    expect(products).toEqual({ nut: ['nut/1.png'] });
    expect(left).toHaveLength(2);
  });

  test('is refused in a sentence where it has too few pictures', () => {
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
