// Published facts about known data sets: licences, and picture counts by class. The tables' sums are
// tested against the totals of the papers: P. Bergmann et al., MVTec AD (CVPR 2019), MVTec 3D-AD (VISAPP 2022), MVTec LOCO
// (IJCV 2022); Y. Zou et al., SPot-the-Difference (VisA, ECCV 2022, split 1cls); P. Mishra et al., VT-ADL (BTAD, ISIE 2021);
// S. Jezek et al., MPDD (ICUMT 2021); C. Wang et al., Real-IAD (CVPR 2024).

/** Picture counts of a class: training, good test, defective test and optionally validation. */
export type Counts = readonly [train: number, good: number, bad: number, validation?: number];

export interface KnownDataset {
  title: string;
  licence: string;
  /** Published counts by class; undefined if only the class is known. */
  classes: Readonly<Record<string, Counts | undefined>>;
}

const CC_BY_NC_SA = 'CC BY-NC-SA 4.0';

export const MVTEC_AD: KnownDataset = {
  title: 'MVTec AD',
  licence: `${CC_BY_NC_SA} (MVTec AD: no commercial use)`,
  classes: {
    bottle: [209, 20, 63],
    cable: [224, 58, 92],
    capsule: [219, 23, 109],
    carpet: [280, 28, 89],
    grid: [264, 21, 57],
    hazelnut: [391, 40, 70],
    leather: [245, 32, 92],
    metal_nut: [220, 22, 93],
    pill: [267, 26, 141],
    screw: [320, 41, 119],
    tile: [230, 33, 84],
    toothbrush: [60, 12, 30],
    transistor: [213, 60, 40],
    wood: [247, 19, 60],
    zipper: [240, 32, 119],
  },
};

export const MVTEC_3D: KnownDataset = {
  title: 'MVTec 3D-AD',
  licence: `${CC_BY_NC_SA} (MVTec 3D-AD: no commercial use)`,
  classes: {
    bagel: [244, 22, 88, 22],
    cable_gland: [223, 21, 87, 23],
    carrot: [286, 27, 132, 29],
    cookie: [210, 28, 103, 22],
    dowel: [288, 26, 104, 34],
    foam: [236, 20, 80, 27],
    peach: [361, 26, 106, 42],
    potato: [300, 22, 92, 33],
    rope: [298, 32, 69, 33],
    tire: [210, 25, 87, 29],
  },
};

export const MVTEC_LOCO: KnownDataset = {
  title: 'MVTec LOCO AD',
  licence: `${CC_BY_NC_SA} (MVTec LOCO AD: no commercial use)`,
  classes: {
    breakfast_box: [351, 102, 173, 62],
    juice_bottle: [335, 94, 236, 54],
    pushpins: [372, 138, 172, 69],
    screw_bag: [360, 122, 219, 60],
    splicing_connectors: [360, 119, 193, 59],
  },
};

export const VISA: KnownDataset = {
  title: 'VisA',
  licence: 'CC BY 4.0 (VisA)',
  classes: {
    candle: [900, 100, 100],
    capsules: [542, 60, 100],
    cashew: [450, 50, 100],
    chewinggum: [453, 50, 100],
    fryum: [450, 50, 100],
    macaroni1: [900, 100, 100],
    macaroni2: [900, 100, 100],
    pcb1: [904, 100, 100],
    pcb2: [901, 100, 100],
    pcb3: [905, 101, 100],
    pcb4: [904, 101, 100],
    pipe_fryum: [450, 50, 100],
  },
};

export const BTAD: KnownDataset = {
  title: 'BTAD',
  licence:
    'CC BY-SA 4.0 in its README; others list it as CC BY-NC-SA 4.0 (BTAD: ask its owners before commercial use)',
  // sources disagree on which of 02 and 03 has 399 and which 1000 training pictures
  classes: { '01': [400, 21, 49], '02': undefined, '03': undefined },
};

export const MPDD: KnownDataset = {
  title: 'MPDD',
  licence: `${CC_BY_NC_SA} as others list it; its owners state none (MPDD: ask them before commercial use)`,
  classes: {
    bracket_black: [289, 32, 47],
    bracket_brown: [185, 26, 51],
    bracket_white: [110, 30, 30],
    connector: [128, 30, 14],
    metal_plate: [54, 26, 71],
    tubes: [122, 32, 69],
  },
};

export const REAL_IAD: KnownDataset = {
  title: 'Real-IAD',
  licence: `${CC_BY_NC_SA} (Real-IAD: no commercial use)`,
  // its lists name every picture, so that a missing one is found without a table
  classes: {},
};

/** Whether at least half of these classes are those of a data set, which may be incomplete or extended. */
export function looksLike(known: KnownDataset, classes: readonly string[]): boolean {
  const named = classes.filter((name) => Object.hasOwn(known.classes, name)).length;
  return named * 2 >= classes.length && named > 0;
}

/** Whether all of these classes are those of a data set. */
export function consistsOf(known: KnownDataset, classes: readonly string[]): boolean {
  return classes.length > 0 && classes.every((name) => Object.hasOwn(known.classes, name));
}
