// A colour map whose lightness rises evenly from black to pale yellow, so that it is readable in gray print and for
// colour-blind users. The anchors are our own colours in Oklab's polar form (Björn Ottosson,
// https://bottosson.github.io/posts/oklab/): lightness 0..1, chroma, hue in degrees.

const ANCHORS: readonly (readonly [chroma: number, hue: number])[] = [
  [0.0, 300],
  [0.1, 296],
  [0.15, 310],
  [0.17, 340],
  [0.18, 10],
  [0.18, 32],
  [0.17, 55],
  [0.15, 78],
  [0.11, 105],
];
const DARKEST = 0.12;
const LIGHTEST = 0.96;

function srgbByte(linear: number): number {
  const c = Math.min(1, Math.max(0, linear));
  return Math.round(255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055));
}

function oklab(lightness: number, a: number, b: number): [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    srgbByte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    srgbByte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    srgbByte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function build(): Uint8Array {
  const out = new Uint8Array(256 * 3);
  const polar = ANCHORS.map(([chroma, hue]) => [
    chroma * Math.cos((hue * Math.PI) / 180),
    chroma * Math.sin((hue * Math.PI) / 180),
  ]);
  for (let i = 0; i < 256; i++) {
    const at = (i / 255) * (polar.length - 1);
    const k = Math.min(polar.length - 2, Math.floor(at));
    const t = at - k;
    const [a0, b0] = polar[k]! as [number, number];
    const [a1, b1] = polar[k + 1]! as [number, number];
    out.set(oklab(DARKEST + (LIGHTEST - DARKEST) * (i / 255), a0 + (a1 - a0) * t, b0 + (b1 - b0) * t), i * 3);
  }
  return out;
}

/** 256 colours from black through purple and red to pale yellow: (256, 3) bytes, red, green, blue. */
export const COLOR_MAP: Uint8Array = build();
