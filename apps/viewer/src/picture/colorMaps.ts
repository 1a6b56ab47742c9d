import {
  interpolateCividis,
  interpolateInferno,
  interpolateMagma,
  interpolatePlasma,
  interpolateTurbo,
  interpolateViridis,
} from 'd3-scale-chromatic';

const INTERPOLATORS = {
  inferno: interpolateInferno,
  magma: interpolateMagma,
  plasma: interpolatePlasma,
  viridis: interpolateViridis,
  cividis: interpolateCividis,
  turbo: interpolateTurbo,
};

export type ColorMapName = keyof typeof INTERPOLATORS;
export const COLOR_MAPS = Object.keys(INTERPOLATORS) as ColorMapName[];

const made = new Map<ColorMapName, Uint8Array>();

/** 256 colours, (256, 3) bytes: red, green, blue. */
export function colorTable(name: ColorMapName): Uint8Array {
  let table = made.get(name);
  if (!table) {
    table = new Uint8Array(256 * 3);
    for (let i = 0; i < 256; i++) table.set(bytesOf(INTERPOLATORS[name](i / 255)), i * 3);
    made.set(name, table);
  }
  return table;
}

/** Of `#rrggbb` or `rgb(r, g, b)`. */
function bytesOf(color: string): number[] {
  return color.startsWith('#')
    ? [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
    : (color.match(/\d+/g) ?? []).slice(0, 3).map(Number);
}
