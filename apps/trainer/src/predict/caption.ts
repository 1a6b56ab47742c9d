import type { RgbImage } from '@pyramid-mamba/data';

/** A bitmap font: rows of 5 pixels each, from the top. No font of the system is needed, and every machine draws the same. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '01110 10001 10001 11111 10001 10001 10001',
  B: '11110 10001 10001 11110 10001 10001 11110',
  C: '01110 10001 10000 10000 10000 10001 01110',
  D: '11110 10001 10001 10001 10001 10001 11110',
  E: '11111 10000 10000 11110 10000 10000 11111',
  F: '11111 10000 10000 11110 10000 10000 10000',
  G: '01110 10001 10000 10111 10001 10001 01111',
  H: '10001 10001 10001 11111 10001 10001 10001',
  I: '01110 00100 00100 00100 00100 00100 01110',
  J: '00111 00010 00010 00010 00010 10010 01100',
  K: '10001 10010 10100 11000 10100 10010 10001',
  L: '10000 10000 10000 10000 10000 10000 11111',
  M: '10001 11011 10101 10101 10001 10001 10001',
  N: '10001 11001 10101 10011 10001 10001 10001',
  O: '01110 10001 10001 10001 10001 10001 01110',
  P: '11110 10001 10001 11110 10000 10000 10000',
  Q: '01110 10001 10001 10001 10101 10010 01101',
  R: '11110 10001 10001 11110 10100 10010 10001',
  S: '01111 10000 10000 01110 00001 00001 11110',
  T: '11111 00100 00100 00100 00100 00100 00100',
  U: '10001 10001 10001 10001 10001 10001 01110',
  V: '10001 10001 10001 10001 10001 01010 00100',
  W: '10001 10001 10001 10101 10101 11011 10001',
  X: '10001 10001 01010 00100 01010 10001 10001',
  Y: '10001 10001 01010 00100 00100 00100 00100',
  Z: '11111 00001 00010 00100 01000 10000 11111',
  0: '01110 10001 10011 10101 11001 10001 01110',
  1: '00100 01100 00100 00100 00100 00100 01110',
  2: '01110 10001 00001 00110 01000 10000 11111',
  3: '01110 10001 00001 00110 00001 10001 01110',
  4: '00010 00110 01010 10010 11111 00010 00010',
  5: '11111 10000 11110 00001 00001 10001 01110',
  6: '01110 10000 10000 11110 10001 10001 01110',
  7: '11111 00001 00010 00100 01000 01000 01000',
  8: '01110 10001 10001 01110 10001 10001 01110',
  9: '01110 10001 10001 01111 00001 00001 01110',
  '.': '00000 00000 00000 00000 00000 01100 01100',
  '-': '00000 00000 00000 11111 00000 00000 00000',
  _: '00000 00000 00000 00000 00000 00000 11111',
  '/': '00001 00001 00010 00100 01000 10000 10000',
  '(': '00010 00100 01000 01000 01000 00100 00010',
  ')': '01000 00100 00010 00010 00010 00100 01000',
  '+': '00000 00100 00100 11111 00100 00100 00000',
  '&': '01100 10010 10100 01000 10101 10010 01101',
  '#': '01010 01010 11111 01010 11111 01010 01010',
  ',': '00000 00000 00000 00000 01100 00100 01000',
  x: '00000 00000 10001 01010 00100 01010 10001',
};
/** Drawn for a letter that the font does not have. */
const FRAME = '11111 10001 10001 10001 10001 10001 11111';
const [WIDTH, HEIGHT] = [5, 7];
/** Pixels between letters and around the lines, before enlarging. */
const GAP = 1;
const MARGIN = 3;
/** Spaces between the parts of a caption on one line. */
const BETWEEN = '   ';
/** Height of a line as a fraction of the picture's height. */
const SHARE = 0.06;

type Rgb = readonly [number, number, number];
const INK: Rgb = [255, 255, 255];

/** A name in the letters of the font: capitals, without accents. */
export const capitals = (name: string): string => name.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase();

const widthOf = (text: string): number => [...text].length * (WIDTH + GAP) - GAP + 2 * MARGIN;

/**
 * The picture under a band of `color` with the parts of a text, white: on one line where they fit, else one below the other.
 * Letters: capitals, digits, `x`, spaces and some marks; any other becomes a frame.
 */
export function captioned(picture: RgbImage, parts: readonly string[], color: Rgb): RgbImage {
  const { width, height } = picture;
  const most = Math.max(1, Math.round((height * SHARE) / (HEIGHT + 2 * MARGIN)));
  const whole = parts.join(BETWEEN);
  const lines = widthOf(whole) * most <= width ? [whole] : parts;
  const fits = Math.floor(width / Math.max(...lines.map(widthOf)));
  const scale = Math.max(1, Math.min(most, fits));
  const step = HEIGHT + MARGIN;
  const band = (lines.length * step + MARGIN) * scale;
  const data = new Uint8Array(width * (band + height) * 3);
  for (let i = 0; i < width * band; i++) data.set(color, i * 3);
  data.set(picture.data, width * band * 3);
  for (const [n, line] of lines.entries()) write(data, width, line, (MARGIN + n * step) * scale, scale);
  return { width, height: band + height, data };
}

/** Draws a line from the left margin, `top` pixels from above; letters beyond the right edge are cut off. */
function write(data: Uint8Array, width: number, text: string, top: number, scale: number): void {
  for (const [n, letter] of [...text].entries()) {
    if (letter === ' ') continue;
    const rows = (GLYPHS[letter] ?? FRAME).split(' ');
    const left = (MARGIN + n * (WIDTH + GAP)) * scale;
    for (let y = 0; y < HEIGHT * scale; y++) {
      for (let x = 0; x < WIDTH * scale && left + x < width; x++) {
        if (rows[Math.floor(y / scale)]![Math.floor(x / scale)] === '1')
          data.set(INK, ((top + y) * width + left + x) * 3);
      }
    }
  }
}
