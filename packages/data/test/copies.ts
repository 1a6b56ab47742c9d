// Small valid copies of every layout, for tests that break them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { makeBmp } from './bmp.js';
import type { LayoutName } from '../src/node/index.js';
import { GRAY, makePng, RGB } from './png.js';

/** Side of a synthetic picture; large enough that a file cut in half is broken. */
const WIDTH = 12;
const HEIGHT = 9;

/** A colour picture that differs from every other seed's. */
export function picture(seed: number, width = WIDTH, height = HEIGHT): Buffer {
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width * 3 }, (_, x) => (x * 7 + y * 31 + seed * 3 + ((x * y * seed) % 5)) % 256),
  );
  return makePng(width, 8, RGB, rows);
}

/** A gray picture of the usual size. */
export function grayPicture(seed: number): Buffer {
  const rows = Array.from({ length: HEIGHT }, (_, y) =>
    Array.from({ length: WIDTH }, (_, x) => (x * 7 + y * 31 + seed) % 256),
  );
  return makePng(WIDTH, 8, GRAY, rows);
}

/** A mask of one value in its middle. */
export function mask(value = 255, width = WIDTH, height = HEIGHT): Buffer {
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => (x > 2 && x < 7 && y > 2 && y < 6 ? value : 0)),
  );
  return makePng(width, 8, GRAY, rows);
}

/** A mask of the pixels of one row. */
export function rowMask(row: number): Buffer {
  const rows = Array.from({ length: HEIGHT }, (_, y) => Array<number>(WIDTH).fill(y === row ? 255 : 0));
  return makePng(WIDTH, 8, GRAY, rows);
}

/** The same picture as a bitmap. */
export function bmpPicture(seed: number): Buffer {
  const rows = Array.from({ length: HEIGHT }, (_, y) =>
    Array.from({ length: WIDTH * 3 }, (_, x) => (x * 5 + y * 13 + seed) % 256),
  );
  return makeBmp({ width: WIDTH, height: HEIGHT, bits: 24, rows });
}

const jpeg = (seed: number) => sharp(picture(seed)).jpeg().toBuffer();

/** A temporary folder for files. */
export class Home {
  readonly root: string;
  #seed = 0;

  constructor() {
    this.root = join(mkdtempSync(join(tmpdir(), 'pm-copy-')), 'set');
    mkdirSync(this.root);
  }

  /** Writes a file below the root. */
  put(path: string, bytes: Uint8Array | string): void {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, bytes);
  }

  /** Writes pictures, each different. */
  pictures(...paths: string[]): void {
    for (const path of paths) this.put(path, picture(++this.#seed));
  }

  remove(): void {
    rmSync(dirname(this.root), { recursive: true, force: true });
  }
}

/** A valid copy: its layout, and the files that a test may break. Paths are relative to the root. */
export interface Copy {
  layout: LayoutName;
  /** The sentence of openFolder, after the root and a colon. */
  says: string;
  build(home: Home): void | Promise<void>;
  /** Class `files` are of. */
  className: string;
  /** All training pictures of the class. */
  train: string[];
  /** A good test picture, if the layout has one. */
  good?: string;
  /** A defective picture, and its masks, if the layout has any. */
  bad?: string;
  masks?: string[];
  /** The file or folder with only the masks of `bad`. */
  maskHome?: string;
  /** The path of a mask without a picture. */
  orphan?: string;
  /** The lists name pictures and masks: a missing one is a `missing-file`. */
  listed?: true;
  /** A mask may be absent: its absence is a warning. */
  optionalMasks?: true;
  /** Masks label the pictures, so that a missing or empty picture or mask changes the label. */
  sortedByMasks?: true;
  /** The class has published counts, which a small copy does not match: this many warnings. */
  counts?: number;
}

const visaRows = [
  'object,split,label,image,mask',
  ...[0, 1, 2].map((i) => `gear,train,normal,gear/Data/Images/Normal/000${i}.JPG,`),
  'gear,test,normal,gear/Data/Images/Normal/0003.JPG,',
  'gear,test,anomaly,gear/Data/Images/Anomaly/000.JPG,gear/Data/Masks/Anomaly/000.png',
  'gear,test,anomaly,gear/Data/Images/Anomaly/001.JPG,gear/Data/Masks/Anomaly/001.png',
];

const item = (path: string, defect: string, mask: string | null) => ({
  category: 'toy',
  anomaly_class: defect,
  image_path: path,
  mask_path: mask,
});
export const realIadList = {
  meta: { normal_class: 'OK', prefix: 'toy/' },
  train: [1, 2, 3].map((i) => item(`OK/S000${i}/toy_000${i}_OK_C1_20240101.jpg`, 'OK', null)),
  test: [
    item('OK/S0004/toy_0004_OK_C1_20240101.jpg', 'OK', null),
    item('NG/PS/S0001/toy_0001_NG_C1_20240101.jpg', 'PS', 'NG/PS/S0001/toy_0001_NG_C1_20240101_mask.png'),
  ],
};

const mvtecLike = (home: Home, name: string) => {
  home.pictures(...[0, 1, 2].map((i) => `${name}/train/good/00${i}.png`));
  home.pictures(`${name}/test/good/000.png`, `${name}/test/crack/000.png`, `${name}/test/crack/001.png`);
  for (const i of [0, 1]) home.put(`${name}/ground_truth/crack/00${i}_mask.png`, mask());
};

export const COPIES: Record<string, Copy> = {
  'MVTec AD': {
    layout: 'mvtec',
    says: "MVTec AD's layout: 1 class (gear), 3 training and 3 test pictures",
    build: (home) => mvtecLike(home, 'gear'),
    className: 'gear',
    train: [0, 1, 2].map((i) => `gear/train/good/00${i}.png`),
    good: 'gear/test/good/000.png',
    bad: 'gear/test/crack/001.png',
    masks: ['gear/ground_truth/crack/001_mask.png'],
    orphan: 'gear/ground_truth/crack/007_mask.png',
  },
  'MVTec 3D-AD': {
    layout: 'mvtec3d',
    says: 'MVTec 3D-AD, colour pictures: 1 class (gear), 3 training, 1 validation and 3 test pictures',
    build(home) {
      home.pictures(...[0, 1, 2].map((i) => `gear/train/good/rgb/00${i}.png`));
      home.pictures('gear/validation/good/rgb/000.png', 'gear/test/good/rgb/000.png');
      home.put('gear/train/good/xyz/000.tiff', 'not read');
      home.put('gear/test/good/gt/000.png', mask(0));
      home.pictures('gear/test/crack/rgb/000.png', 'gear/test/crack/rgb/001.png');
      for (const i of [0, 1]) home.put(`gear/test/crack/gt/00${i}.png`, mask());
    },
    className: 'gear',
    train: [0, 1, 2].map((i) => `gear/train/good/rgb/00${i}.png`),
    good: 'gear/test/good/rgb/000.png',
    bad: 'gear/test/crack/rgb/001.png',
    masks: ['gear/test/crack/gt/001.png'],
    orphan: 'gear/test/crack/gt/007.png',
  },
  'MVTec LOCO AD': {
    layout: 'loco',
    says: 'MVTec LOCO AD: 1 class (gear), 3 training, 1 validation and 3 test pictures',
    build(home) {
      home.pictures(...[0, 1, 2].map((i) => `gear/train/good/00${i}.png`));
      home.pictures('gear/validation/good/000.png', 'gear/test/good/000.png');
      home.pictures('gear/test/logical_anomalies/000.png', 'gear/test/structural_anomalies/000.png');
      home.put('gear/ground_truth/logical_anomalies/000/000.png', rowMask(2));
      home.put('gear/ground_truth/logical_anomalies/000/001.png', rowMask(5));
      home.put('gear/ground_truth/structural_anomalies/000/000.png', mask(200));
    },
    className: 'gear',
    train: [0, 1, 2].map((i) => `gear/train/good/00${i}.png`),
    good: 'gear/test/good/000.png',
    bad: 'gear/test/structural_anomalies/000.png',
    masks: ['gear/ground_truth/structural_anomalies/000/000.png'],
    maskHome: 'gear/ground_truth/structural_anomalies/000',
    orphan: 'gear/ground_truth/logical_anomalies/007/000.png',
  },
  'VisA, raw': {
    layout: 'visa',
    says: 'VisA, raw form, split 1cls.csv: 1 class (gear), 3 training and 3 test pictures',
    async build(home) {
      home.put('split_csv/1cls.csv', `${visaRows.join('\n')}\n`);
      for (const i of [0, 1, 2, 3]) home.put(`gear/Data/Images/Normal/000${i}.JPG`, await jpeg(i + 1));
      for (const i of [0, 1]) {
        home.put(`gear/Data/Images/Anomaly/00${i}.JPG`, await jpeg(i + 10));
        home.put(`gear/Data/Masks/Anomaly/00${i}.png`, mask(i + 1));
      }
      home.put('gear/image_anno.csv', 'image,label,mask\n');
    },
    className: 'gear',
    train: [0, 1, 2].map((i) => `gear/Data/Images/Normal/000${i}.JPG`),
    good: 'gear/Data/Images/Normal/0003.JPG',
    bad: 'gear/Data/Images/Anomaly/001.JPG',
    masks: ['gear/Data/Masks/Anomaly/001.png'],
    orphan: 'gear/Data/Masks/Anomaly/007.png',
    listed: true,
  },
  'VisA, prepared': {
    layout: 'visa-prepared',
    says: 'VisA, prepared form: 1 class (candle), 3 training and 3 test pictures',
    async build(home) {
      for (const i of [0, 1, 2]) home.put(`candle/train/good/000${i}.JPG`, await jpeg(i + 1));
      home.put('candle/test/good/0003.JPG', await jpeg(7));
      for (const i of [0, 1]) {
        home.put(`candle/test/bad/00${i}.JPG`, await jpeg(i + 10));
        home.put(`candle/ground_truth/bad/00${i}.png`, mask(i + 1));
      }
    },
    className: 'candle',
    train: [0, 1, 2].map((i) => `candle/train/good/000${i}.JPG`),
    good: 'candle/test/good/0003.JPG',
    bad: 'candle/test/bad/001.JPG',
    masks: ['candle/ground_truth/bad/001.png'],
    orphan: 'candle/ground_truth/bad/007.png',
    counts: 1,
  },
  BTAD: {
    layout: 'btad',
    says: 'BTAD: 2 classes (02, 03), 4 training and 4 test pictures',
    build(home) {
      for (const i of [0, 1, 2]) home.put(`03/train/ok/000${i}.bmp`, bmpPicture(i + 1));
      home.put('03/test/ok/0000.bmp', bmpPicture(20));
      home.put('03/test/ko/0000.bmp', bmpPicture(30));
      home.put('03/test/ko/0001.bmp', bmpPicture(40));
      home.put('03/ground_truth/ko/0000.bmp', mask());
      home.put('03/ground_truth/ko/0001.png', mask());
      home.pictures('02/train/ok/0000.png', '02/test/ko/0000.png');
      home.put('02/ground_truth/ko/0000.png', mask());
    },
    className: '03',
    train: [0, 1, 2].map((i) => `03/train/ok/000${i}.bmp`),
    good: '03/test/ok/0000.bmp',
    bad: '03/test/ko/0001.bmp',
    masks: ['03/ground_truth/ko/0001.png'],
    orphan: '03/ground_truth/ko/0007.png',
  },
  MPDD: {
    layout: 'mpdd',
    says: 'MPDD: 2 classes (connector, tubes), 6 training and 6 test pictures',
    build(home) {
      mvtecLike(home, 'connector');
      mvtecLike(home, 'tubes');
    },
    className: 'tubes',
    train: [0, 1, 2].map((i) => `tubes/train/good/00${i}.png`),
    good: 'tubes/test/good/000.png',
    bad: 'tubes/test/crack/001.png',
    masks: ['tubes/ground_truth/crack/001_mask.png'],
    orphan: 'tubes/ground_truth/crack/007_mask.png',
    counts: 2,
  },
  'Real-IAD': {
    layout: 'real-iad',
    says: 'Real-IAD, realiad_256, lists realiad_jsons: 1 class (toy), 3 training and 2 test pictures',
    async build(home) {
      home.put('realiad_jsons/realiad_jsons/toy.json', JSON.stringify(realIadList));
      let seed = 0;
      for (const { image_path: path, mask_path: maskPath } of [...realIadList.train, ...realIadList.test]) {
        home.put(`realiad_256/toy/${path}`, await jpeg(++seed));
        if (maskPath !== null) home.put(`realiad_256/toy/${maskPath}`, mask());
      }
    },
    className: 'toy',
    train: realIadList.train.map(({ image_path: path }) => `realiad_256/toy/${path}`),
    good: `realiad_256/toy/${realIadList.test[0]!.image_path}`,
    bad: `realiad_256/toy/${realIadList.test[1]!.image_path}`,
    masks: [`realiad_256/toy/${realIadList.test[1]!.mask_path}`],
    listed: true,
  },
  'a flat folder': {
    layout: 'flat',
    says: 'a folder of good pictures: 1 class (set), 3 training and 0 test pictures',
    build: (home) => home.pictures('IMG 1.png', 'IMG 2.png', 'Übersicht.png'),
    className: 'set',
    train: ['IMG 1.png', 'IMG 2.png', 'Übersicht.png'],
  },
  'good and bad': {
    layout: 'good-bad',
    says: 'folders of good and bad pictures: 1 class (set), 3 training and 2 test pictures',
    build: (home) => home.pictures('good/1.png', 'good/2.png', 'good/3.png', 'bad/1.png', 'bad/2.png'),
    className: 'set',
    train: ['good/1.png', 'good/2.png', 'good/3.png'],
    bad: 'bad/2.png',
  },
  'good and kinds of bad, with masks': {
    layout: 'good-bad',
    says: 'folders of good and bad pictures: 1 class (set), 3 training and 3 test pictures',
    build(home) {
      home.pictures(
        'good/1.png',
        'good/2.png',
        'good/3.png',
        'bad/1.png',
        'bad/crack/1.png',
        'bad/crack/2.png',
      );
      home.put('masks/1.png', mask());
      home.put('masks/crack/1_mask.png', mask());
      home.put('masks/crack/2.png', mask());
    },
    className: 'set',
    train: ['good/1.png', 'good/2.png', 'good/3.png'],
    bad: 'bad/crack/2.png',
    masks: ['masks/crack/2.png'],
    orphan: 'masks/crack/7.png',
    optionalMasks: true,
  },
  'good and bad, masks beside the pictures': {
    layout: 'good-bad',
    says: 'folders of good and bad pictures: 1 class (set), 3 training and 2 test pictures',
    build(home) {
      home.pictures('good/1.png', 'good/2.png', 'good/3.png', 'bad/1.png', 'bad/2.png');
      for (const i of [1, 2]) home.put(`bad/${i}_mask.png`, mask());
    },
    className: 'set',
    train: ['good/1.png', 'good/2.png', 'good/3.png'],
    bad: 'bad/2.png',
    masks: ['bad/2_mask.png'],
    orphan: 'bad/7_mask.png',
    optionalMasks: true,
  },
  'images and masks': {
    layout: 'images-masks',
    says: 'images/ with masks/, good where a mask is empty: 1 class (set), 3 training and 2 test pictures',
    build(home) {
      for (const i of [1, 2, 3]) {
        home.pictures(`images/${i}.png`);
        home.put(`masks/${i}.png`, mask(0));
      }
      for (const i of [4, 5]) {
        home.pictures(`images/${i}.png`);
        home.put(`masks/${i}.png`, mask());
      }
    },
    className: 'set',
    train: ['images/1.png', 'images/2.png', 'images/3.png'],
    bad: 'images/5.png',
    masks: ['masks/5.png'],
    orphan: 'masks/7.png',
    sortedByMasks: true,
  },
  'one folder per product': {
    layout: 'products',
    says: 'one folder per product: 3 classes (bolt, gear, nut), 9 training and 5 test pictures',
    build(home) {
      home.pictures('nut/a.png', 'nut/b.png', 'nut/c.png');
      home.pictures(
        'bolt/good/1.png',
        'bolt/good/2.png',
        'bolt/good/3.png',
        'bolt/bad/1.png',
        'bolt/bad/dent/1.png',
      );
      mvtecLike(home, 'gear');
      home.put('notes/readme.txt', 'text');
    },
    className: 'nut',
    train: ['nut/a.png', 'nut/b.png', 'nut/c.png'],
    bad: 'gear/test/crack/001.png',
    masks: ['gear/ground_truth/crack/001_mask.png'],
    orphan: 'gear/ground_truth/crack/007_mask.png',
  },
};
