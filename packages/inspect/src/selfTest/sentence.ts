import type { ClassSelfTest, SelfTest } from '@pyramid-mamba/model';

const percent = (share: number): string => `${Math.round(100 * share)} %`;

const between = ([low, high]: readonly [number, number]): string =>
  `${Math.round(100 * low)} to ${Math.round(100 * high)} %`;

function ofClass({ passed, reason, good, drawn, real, smallest, examples }: ClassSelfTest): string {
  // of a model with tiles
  const whose = examples.some(({ window }) => window) ? "a tile's" : "the picture's";
  const size = smallest
    ? `from ${percent(smallest.size)} of ${whose} side (${smallest.pixels} of ${smallest.side} pixels) nine in ten`
    : 'no size nine times in ten';
  const ofReal = real
    ? `of ${real.pictures} defective ${real.pictures === 1 ? 'picture' : 'pictures'} it finds ${real.found} (${between(real.foundInterval)}); `
    : '';
  const results =
    `of ${drawn.drawn} defects drawn on good pictures it finds ${drawn.found} (95 % interval ${between(drawn.foundInterval)}), ${size}; ` +
    ofReal +
    `of ${good.pictures} good pictures it refuses ${good.refused} (${between(good.refusedInterval)})`;
  return passed ? results : `not to be trusted with an OK, ${reason}: ${results}`;
}

/** A self-test in one sentence, or one a product. */
export function sentenceOf(selfTest: SelfTest): string {
  const classes = Object.entries(selfTest);
  const [only] = classes;
  if (classes.length === 1 && only) return `Self-test: ${ofClass(only[1])}.`;
  return classes.map(([name, one]) => `Self-test of ${name}: ${ofClass(one)}.`).join('\n');
}
