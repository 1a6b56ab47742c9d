import type { RgbImage } from '@pyramid-mamba/data';

/** A bitmap font: rows of 5 pixels each, from the top, for the letters of verdicts and scores. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '01110 10001 10001 11111 10001 10001 10001',
  B: '11110 10001 10001 11110 10001 10001 11110',
  C: '01110 10001 10000 10000 10000 10001 01110',
  D: '11110 10001 10001 10001 10001 10001 11110',
  E: '11111 10000 10000 11110 10000 10000 11111',
  F: '11111 10000 10000 11110 10000 10000 10000',
  G: '01110 10001 10000 10111 10001 10001 01111',
  I: '01110 00100 00100 00100 00100 00100 01110',
  K: '10001 10010 10100 11000 10100 10010 10001',
  L: '10000 10000 10000 10000 10000 10000 11111',
  M: '10001 11011 10101 10101 10001 10001 10001',
  N: '10001 11001 10101 10011 10001 10001 10001',
  O: '01110 10001 10001 10001 10001 10001 01110',
  R: '11110 10001 10001 11110 10100 10010 10001',
  T: '11111 00100 00100 00100 00100 00100 00100',
  V: '10001 10001 10001 10001 10001 01010 00100',
  W: '10001 10001 10001 10101 10101 11011 10001',
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
  x: '00000 00000 10001 01010 00100 01010 10001',
};
const [WIDTH, HEIGHT] = [5, 7];
/** Pixels between letters and around the line, before enlarging. */
const GAP = 1;
const MARGIN = 3;
/** Height of the caption as a fraction of the picture's height. */
const SHARE = 0.06;

type Rgb = readonly [number, number, number];
const INK: Rgb = [255, 255, 255];

/** The picture under a band of `color` with `text`: capital letters of verdicts, digits, point, `x` and spaces. */
export function captioned(picture: RgbImage, text: string, color: Rgb): RgbImage {
  const { width, height } = picture;
  const letters = text.length * (WIDTH + GAP) - GAP + 2 * MARGIN;
  const wanted = Math.max(1, Math.round((height * SHARE) / (HEIGHT + 2 * MARGIN)));
  const scale = Math.max(1, Math.min(wanted, Math.floor(width / letters)));
  const band = (HEIGHT + 2 * MARGIN) * scale;
  const data = new Uint8Array(width * (band + height) * 3);
  for (let i = 0; i < width * band; i++) data.set(color, i * 3);
  data.set(picture.data, width * band * 3);
  for (const [n, letter] of [...text].entries()) {
    const rows = GLYPHS[letter]?.split(' ');
    if (!rows) continue;
    const left = (MARGIN + n * (WIDTH + GAP)) * scale;
    for (let y = 0; y < HEIGHT * scale; y++) {
      for (let x = 0; x < WIDTH * scale && left + x < width; x++) {
        if (rows[Math.floor(y / scale)]![Math.floor(x / scale)] === '1')
          data.set(INK, ((MARGIN * scale + y) * width + left + x) * 3);
      }
    }
  }
  return { width, height: band + height, data };
}
