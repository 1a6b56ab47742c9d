import type { Box, Piece, Product, Shader } from './product.js';
import { rngFor } from './rng.js';

/** `tile-17` is the 17th variant of the class `tile`. */
const NAME = /^([a-z]+)-([1-9]\d{0,5})$/;

/** The class and the number of a variant's name; undefined for any other name. */
export function variantNamed(name: string): { readonly base: string; readonly number: number } | undefined {
  const [, base, number] = NAME.exec(name) ?? [];
  return base === undefined ? undefined : { base, number: Number(number) };
}

/** The names of the first `count` variants, an integer >= 0, of the classes in turn: each class once before one comes again. */
export const variantNames = (classes: readonly string[], count: number): string[] =>
  Array.from(
    { length: count },
    (_, i) => `${classes[i % classes.length]!}-${Math.floor(i / classes.length) + 1}`,
  );

/** How a variant differs from its class: the same in each of its pieces. */
interface Look {
  /** Picture widths of the class in one of the variant, across and down; negative where it is mirrored. */
  readonly across: number;
  readonly down: number;
  /** Rows of a matrix by which colours are multiplied. */
  readonly colours: readonly (readonly [number, number, number])[];
}

/** Drawn from the name alone, so that a variant is the same product in every data set. */
function lookOf(name: string): Look {
  const rng = rngFor('variant', name);
  const scale = rng.range(0.85, 1.3);
  const aspect = rng.range(0.87, 1.15);
  const mirrored = rng.sign();
  const hue = rng.range(0, 2 * Math.PI);
  const tint = [rng.range(0.55, 1.1), rng.range(0.55, 1.1), rng.range(0.55, 1.1)];
  const [cos, sin] = [Math.cos(hue), Math.sin(hue)];
  // a rotation about the axis of greys, which keeps them, and a gain per channel, which does not
  const [same, next, last] = [
    (1 + 2 * cos) / 3,
    (1 - cos) / 3 - sin / Math.sqrt(3),
    (1 - cos) / 3 + sin / Math.sqrt(3),
  ];
  const rows = [
    [same, next, last],
    [last, same, next],
    [next, last, same],
  ] as const;
  return {
    across: mirrored * scale * aspect,
    down: scale / aspect,
    colours: rows.map(([r, g, b], c) => [tint[c]! * r, tint[c]! * g, tint[c]! * b] as const),
  };
}

/**
 * Another product after the pattern of a class: of other colours and proportions, perhaps mirrored, with the same kinds of defect. Its pieces
 * vary among themselves as those of the class do.
 */
export function variantOf(product: Product, name: string): Product {
  const { across, down, colours } = lookOf(name);
  const paint = (rgb: Float64Array): void => {
    const [r, g, b] = [rgb[0]!, rgb[1]!, rgb[2]!];
    for (const [c, row] of colours.entries()) rgb[c] = Math.max(0, row[0] * r + row[1] * g + row[2] * b);
  };
  const own = (u: number): number => (u - 0.5) * across + 0.5;
  const ownDown = (v: number): number => (v - 0.5) * down + 0.5;
  const shadeOf =
    (shade: Shader): Shader =>
    (u, v, rgb) => {
      shade(own(u), ownDown(v), rgb);
      paint(rgb);
    };
  const boxOf = ({ u0, v0, u1, v1 }: Box): Box => {
    const sides = [(u0 - 0.5) / across + 0.5, (u1 - 0.5) / across + 0.5];
    return {
      u0: Math.min(...sides),
      u1: Math.max(...sides),
      v0: (v0 - 0.5) / down + 0.5,
      v1: (v1 - 0.5) / down + 0.5,
    };
  };
  return {
    name,
    defects: product.defects,
    make(rng): Piece {
      const piece = product.make(rng);
      return {
        ...piece,
        shade: shadeOf(piece.shade),
        defect(kind, dice, magnitude) {
          const defect = piece.defect(kind, dice, magnitude);
          return {
            box: boxOf(defect.box),
            shade(u, v, rgb) {
              const coverage = defect.shade(own(u), ownDown(v), rgb);
              paint(rgb);
              return coverage;
            },
          };
        },
      };
    },
  };
}
