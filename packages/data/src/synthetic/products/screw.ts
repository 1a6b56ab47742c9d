import { areaFor, clip, fibre, lump, scratch, stain, type Place } from '../defects.js';
import { fbm, noise2 } from '../noise.js';
import { covered, type Box, type Piece, type Product, type Shader } from '../product.js';
import type { Rng } from '../rng.js';
import { clamp01, cover, mix, paint, smoothstep } from '../shapes.js';

/** The screw lies on this line: its direction in the picture, radians. */
const LIE = -0.62;
/** Stations along the axis, picture widths from the middle: head, cone, shank, thread, point. */
const HEAD = -0.43;
const CONE = -0.395;
const SHANK = -0.27;
const THREAD = -0.14;
const POINT = 0.31;
const TIP = 0.42;
const PITCH = 0.047;
const CORE = 0.042;
const CREST = 0.07;
const HEAD_RADIUS = 0.145;

/** What is wrong with the screw's geometry; lengths in picture widths along the axis. */
interface Wear {
  /** Beyond this station the axis curves away by `bend` (picture widths at the tip). */
  readonly bendFrom?: number;
  readonly bend?: number;
  /** Beyond this station the screw is broken off. */
  readonly end?: number;
  /** The thread is stripped between a and b. */
  readonly strip?: { readonly a: number; readonly b: number };
}

/** Local coordinates along and across the axis. */
const COS = Math.cos(LIE);
const SIN = Math.sin(LIE);
/** A point of the product's frame from axis coordinates. */
const onAxis = (s: number, w: number): readonly [number, number] => [
  0.5 + COS * s - SIN * w,
  0.5 + COS * w + SIN * s,
];

/** Height of the ridge at thread phase `p` (turns): a rounded tooth, 0..1. */
function tooth(p: number): number {
  const f = Math.abs(p - Math.floor(p) - 0.5) * 2;
  return smoothstep(0.15, 0.95, f);
}

function body(rng: Rng): (wear: Wear) => Shader {
  const seed = rng.seed();
  const phase = rng.range(-0.08, 0.08);
  const warm = rng.range(-0.015, 0.015);
  return (wear) => {
    /** Signed distance across the screw at (s, w); `ridge` of the thread there in `last`. */
    const last = { ridge: 0, slope: 0, radius: 0 };
    const across = (s: number, w: number): number => {
      const p = s / PITCH + phase - 0.3 * Math.max(-1, Math.min(1, w / CREST));
      let teeth = smoothstep(THREAD, THREAD + 0.05, s);
      if (wear.strip)
        teeth *=
          1 -
          smoothstep(wear.strip.a - 0.01, wear.strip.a, s) * smoothstep(wear.strip.b + 0.01, wear.strip.b, s);
      const taper = 1 - smoothstep(POINT, TIP, s) * 0.97;
      const shank = mix(0.052, CORE, smoothstep(THREAD, THREAD + 0.06, s));
      const ridge = tooth(p) * teeth;
      last.ridge = ridge;
      last.slope = (tooth(p + 0.12) - tooth(p - 0.12)) * teeth;
      let radius = (shank + (CREST - CORE) * ridge) * taper;
      if (s < SHANK + 0.03) {
        const cone = mix(HEAD_RADIUS, 0.052, clamp01((s - CONE) / (SHANK - CONE)) ** 0.85);
        radius = Math.max(
          radius,
          s < CONE ? HEAD_RADIUS * Math.sqrt(clamp01((s - HEAD + 0.02) / (CONE - HEAD + 0.02))) : cone,
        );
      }
      last.radius = radius;
      const end = wear.end ?? TIP;
      const jag = wear.end === undefined ? 0 : 0.012 * noise2(w * 60, 3, seed + 7);
      return Math.max(Math.abs(w) - radius, s - end + jag, HEAD - s);
    };
    return (u, v, rgb) => {
      const x = u - 0.5;
      const y = v - 0.5;
      const s = COS * x + SIN * y;
      let w = COS * y - SIN * x;
      if (wear.bend && s > wear.bendFrom!)
        w -= wear.bend * ((s - wear.bendFrom!) / (TIP - wear.bendFrom!)) ** 2;
      const table = 1 + 0.02 * noise2(u * 60, v * 60, seed) + 0.012 * noise2(u * 9, v * 9, seed + 1);
      // the shadow falls down the picture: below the screw, a little further along it
      const shadow = Math.abs(w) < 0.26 ? 0.42 * smoothstep(0.05, -0.03, across(s + 0.018, w - 0.024)) : 0;
      const ground = table * (1 - shadow);
      rgb[0] = 0.71 * ground;
      rgb[1] = 0.73 * ground;
      rgb[2] = 0.75 * ground;
      if (Math.abs(w) > HEAD_RADIUS + 0.01) return;
      const c = cover(across(s, w), 0.004);
      if (c <= 0) return;
      const n = Math.max(-1, Math.min(1, w / last.radius));
      const z = Math.sqrt(1 - n * n);
      const towards = Math.max(0, 0.72 * z - 0.66 * n);
      let f = 0.25 + 0.55 * towards + 0.45 * Math.exp(-(((n + 0.38) / 0.2) ** 2));
      f *= 0.72 + 0.3 * last.ridge;
      f += 0.22 * last.slope * (0.3 + 0.7 * z);
      if (s < SHANK) {
        f *= s < CONE ? 1.06 : 0.9;
        if (s > CONE - 0.006 && s < CONE + 0.004) f *= 0.72;
      }
      f *= 1 + 0.06 * fbm(s * 30, w * 60, seed + 2, 2);
      paint(rgb, [(0.93 + warm) * f, 0.8 * f, (0.5 - warm) * f], c);
    };
  };
}

/** A zinc-plated wood screw lying on the table. */
export const screw: Product = {
  name: 'screw',
  defects: ['bent', 'broken_tip', 'stripped_thread', 'scratch', 'rust', 'contamination', 'fibre'],
  make(rng): Piece {
    const draw = body(rng);
    const shade = draw({});
    return {
      dx: rng.range(-0.01, 0.01),
      dy: rng.range(-0.01, 0.01),
      angle: rng.range(-0.015, 0.015),
      shade,
      defect(kind, dice, magnitude) {
        const worn = (wear: Wear, from: number, margin: number) => ({
          box: axisBox(from, TIP + 0.04, margin),
          shade: covered(draw(wear)),
        });
        const onThread = (): Place => {
          const [u, v] = onAxis(dice.range(-0.1, 0.28), dice.range(-0.015, 0.015));
          return { u, v, angle: LIE + dice.range(0.3, 0.9) * dice.sign() };
        };
        switch (kind) {
          case 'bent': {
            const bendFrom = mix(0.22, -0.05, magnitude);
            return worn({ bendFrom, bend: dice.sign() * mix(0.04, 0.09, magnitude) }, bendFrom, 0.23);
          }
          case 'broken_tip': {
            const end = mix(0.36, 0.13, magnitude);
            return worn({ end }, end - 0.03, 0.13);
          }
          case 'stripped_thread': {
            const length = mix(0.05, 0.24, magnitude);
            const a = dice.range(-0.06, 0.28 - length);
            return worn({ strip: { a, b: a + length } }, a - 0.03, 0.13);
          }
          case 'scratch': {
            const [u, v] = onAxis(dice.range(-0.37, -0.31), dice.range(-0.03, 0.03));
            const angle = LIE + Math.PI / 2 + dice.range(-0.5, 0.5);
            const area = areaFor(magnitude, 0.003, 0.006);
            return clip(scratch(shade, dice, { u, v, angle }, area, [0.13, 0.12, 0.11]), shade, metal);
          }
          case 'rust':
            return clip(
              stain(shade, dice, onThread(), areaFor(magnitude, 0.006, 0.05), [0.62, 0.3, 0.16], 1),
              shade,
              metal,
            );
          case 'contamination':
            return lump(shade, dice, onThread(), areaFor(magnitude, 0.004, 0.03), [0.16, 0.27, 0.2]);
          default:
            return fibre(shade, dice, onThread(), areaFor(magnitude, 0.003, 0.015), [0.14, 0.13, 0.16]);
        }
      },
    };
  },
};

/** The box around a stretch of the axis, `margin` to each side. */
function axisBox(from: number, to: number, margin: number): Box {
  const corners = [onAxis(from, -margin), onAxis(from, margin), onAxis(to, -margin), onAxis(to, margin)];
  return {
    u0: Math.min(...corners.map((p) => p[0])),
    v0: Math.min(...corners.map((p) => p[1])),
    u1: Math.max(...corners.map((p) => p[0])),
    v1: Math.max(...corners.map((p) => p[1])),
  };
}

/** Coverage of the metal, told from the bluish table by its yellow. */
const metal = (_u: number, _v: number, good: Float64Array): number =>
  smoothstep(1.0, 1.06, good[0]! / (good[2]! + 1e-6));
