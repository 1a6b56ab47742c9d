import { areaFor, fibre, lump, placeIn, stain } from '../defects.js';
import { jitter, noise2 } from '../noise.js';
import { covered, type Piece, type Product, type Shader } from '../product.js';
import type { Rng } from '../rng.js';
import { cover, paint, scale, smoothstep } from '../shapes.js';
import { discBox } from '../paths.js';

/** Distance between wires, picture widths; the wires run along the diagonals. */
const PITCH = 0.094;
/** Half a wire's thickness in pitches. */
const HALF = 0.19;
const DIAGONAL = Math.SQRT1_2;

/** Changes of the wires: a run of one wire gone, and/or a dent that drags the wires along. */
interface Damage {
  /** Wire of family `family` (0 or 1), index `wire`, gone between a and b (pitches along it). */
  readonly gone?: { readonly family: 0 | 1; readonly wire: number; readonly a: number; readonly b: number };
  /** Centre, radius and shift of the dent, all in pitches. */
  readonly dent?: {
    readonly p: number;
    readonly q: number;
    readonly r: number;
    readonly sp: number;
    readonly sq: number;
  };
}

/** Light on a wire seen from above: `n` in -1..1 across it, `lean` how much its normal faces the lamp. */
function metal(n: number, lean: number): number {
  const z = Math.sqrt(Math.max(0, 1 - n * n));
  const towards = Math.max(0, 0.75 * z - 0.62 * n * lean);
  const t2 = towards * towards;
  const t4 = t2 * t2;
  return 0.2 + 0.62 * towards + 0.5 * t4 * t4 * t4 * t2;
}

function net(rng: Rng): (damage: Damage) => Shader {
  const seed = rng.seed();
  const warm = rng.range(-0.012, 0.012);
  return (damage) => {
    const { gone, dent } = damage;
    return (u, v, rgb) => {
      let p = ((u + v) * DIAGONAL) / PITCH + 0.03 * noise2(u * 4, v * 4, seed);
      let q = ((u - v) * DIAGONAL) / PITCH + 0.03 * noise2(u * 4, v * 4, seed + 1);
      if (dent) {
        const x = (p - dent.p) / dent.r;
        const y = (q - dent.q) / dent.r;
        const f = smoothstep(1, 0, Math.sqrt(x * x + y * y));
        p -= dent.sp * f;
        q -= dent.sq * f;
      }
      const i = Math.round(p);
      const j = Math.round(q);
      const a = p - i - 0.02 * jitter(i, seed + 2);
      const b = q - j - 0.02 * jitter(j, seed + 3);
      const table = 1 + 0.06 * noise2(u * 50, v * 50, seed + 4);
      rgb[0] = 0.1 * table;
      rgb[1] = 0.115 * table;
      rgb[2] = 0.14 * table;
      const goneA = gone !== undefined && gone.family === 0 && gone.wire === i && q > gone.a && q < gone.b;
      const goneB = gone !== undefined && gone.family === 1 && gone.wire === j && p > gone.a && p < gone.b;
      // the over-and-under: +1 where the wire of family A is on top, -1 where it dives, smooth between crossings
      const over = ((i + j) & 1) === 0 ? 1 : -1;
      const aTop = over > 0;
      for (let layer = 0; layer < 2; layer++) {
        const drawA = (layer === 1) === aTop;
        if (drawA ? goneA : goneB) continue;
        const d = drawA ? a : b;
        const along = drawA ? b : a;
        const edge = Math.abs(d) - HALF;
        if (edge > 0.12) continue;
        if (layer === 1) scale(rgb, 1 - 0.6 * cover(edge - 0.06, 0.06));
        const c = cover(edge, 0.035);
        if (c <= 0) continue;
        const height = (drawA ? over : -over) * (1 - 4 * Math.min(0.25, along * along));
        const brush = 0.035 * noise2(u * 90, v * 90, seed + 5);
        const f = metal(d / HALF, drawA ? 0.9 : 0.25) * (0.93 + 0.09 * height + brush);
        paint(rgb, [(0.98 + warm) * f, 0.98 * f, (1 - warm) * f], c);
      }
    };
  };
}

/** Woven steel wire mesh over a dark table, wires along the diagonals. */
export const mesh: Product = {
  name: 'mesh',
  defects: ['missing_wire', 'broken_wire', 'bent', 'blob', 'rust', 'fibre'],
  make(rng): Piece {
    const draw = net(rng);
    const shade = draw({});
    return {
      dx: rng.range(-0.012, 0.012),
      dy: rng.range(-0.012, 0.012),
      angle: rng.range(-0.012, 0.012),
      shade,
      defect(kind, dice, magnitude) {
        const place = placeIn(dice, { u0: 0.22, v0: 0.22, u1: 0.78, v1: 0.78 });
        const p = ((place.u + place.v) * DIAGONAL) / PITCH;
        const q = ((place.u - place.v) * DIAGONAL) / PITCH;
        const whole = { u0: -0.1, v0: -0.1, u1: 1.1, v1: 1.1 };
        switch (kind) {
          case 'missing_wire':
          case 'broken_wire': {
            const long = kind === 'missing_wire';
            const area = long ? areaFor(magnitude, 0.007, 0.03) : areaFor(magnitude, 0.003, 0.006);
            const length = area / (2 * HALF * PITCH) / PITCH;
            const family = dice.int(2) as 0 | 1;
            const middle = family === 0 ? q : p;
            const wire = Math.round(family === 0 ? p : q);
            return {
              box: whole,
              shade: covered(
                draw({ gone: { family, wire, a: middle - length / 2, b: middle + length / 2 } }),
              ),
            };
          }
          case 'bent': {
            const radius = Math.sqrt(areaFor(magnitude, 0.01, 0.07) / Math.PI) * 1.15;
            const turn = dice.range(0, 2 * Math.PI);
            const push = Math.min(0.42 * (radius / PITCH), 0.75);
            const dent = { p, q, r: radius / PITCH, sp: push * Math.cos(turn), sq: push * Math.sin(turn) };
            return { box: discBox(place.u, place.v, radius + 0.01), shade: covered(draw({ dent })) };
          }
          case 'blob':
            return lump(shade, dice, place, areaFor(magnitude, 0.004, 0.05), [0.78, 0.7, 0.42]);
          case 'rust':
            return rust(stain(shade, dice, place, areaFor(magnitude, 0.012, 0.07), [0.75, 0.26, 0.08], 1));
          default:
            return fibre(shade, dice, place, areaFor(magnitude, 0.005, 0.022), [0.1, 0.3, 0.85]);
        }
      },
    };
  },
};

/** Rust sits on the wires and leaves the table as it is, so its mask is what changed, not the outline of the stain. */
function rust(patch: ReturnType<typeof stain>): ReturnType<typeof stain> {
  return { box: patch.box, shade: covered((u, v, rgb) => void patch.shade(u, v, rgb)) };
}
