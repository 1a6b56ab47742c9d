import { areaFor, blob, fibre, placeIn, stain } from '../defects.js';
import { jitter, noise2 } from '../noise.js';
import { grow } from '../paths.js';
import { covered, type Defect, type Piece, type Product, type Shader } from '../product.js';
import type { Rng } from '../rng.js';
import { clamp01, cover, paint, scale, smoothstep, type Colour } from '../shapes.js';

/** Threads across the picture, each way. */
const THREADS = 18;
const BACKING: Colour = [0.07, 0.07, 0.09];

/** A run of one thread that is not there. `along`: 0 warp (vertical), 1 weft; a, b: its ends, picture widths. */
interface Missing {
  readonly along: 0 | 1;
  readonly thread: number;
  readonly a: number;
  readonly b: number;
}

function weave(rng: Rng): (missing: Missing | null) => Shader {
  const seed = rng.seed();
  const grain = rng.seed();
  const warp: Colour = [
    0.27 + rng.range(-0.01, 0.01),
    0.42 + rng.range(-0.01, 0.01),
    0.6 + rng.range(-0.012, 0.012),
  ];
  const weft: Colour = [
    0.68 + rng.range(-0.01, 0.01),
    0.73 + rng.range(-0.01, 0.01),
    0.77 + rng.range(-0.01, 0.01),
  ];
  return (missing) => (u, v, rgb) => {
    const p = (u + 0.0025 * noise2(u * 5, v * 5, seed)) * THREADS;
    const q = (v + 0.0025 * noise2(u * 5, v * 5, seed + 1)) * THREADS;
    const i = Math.floor(p);
    const j = Math.floor(q);
    const x = p - i - 0.5 - 0.035 * jitter(i, seed + 2);
    const y = q - j - 0.5 - 0.035 * jitter(j, seed + 3);
    // 2/2 twill: each thread passes over two and under two, one step further in the next row
    const k = (i - j) & 3;
    let warpOn = k < 2;
    let under = true;
    if (missing) {
      const at = missing.along === 0 ? v : u;
      if ((missing.along === 0 ? i : j) === missing.thread && at > missing.a && at < missing.b) {
        warpOn = missing.along === 1;
        under = false;
      }
    }
    const across = warpOn ? x : y;
    // -0.5..0.5 along the stretch that lies on top
    const along = (warpOn ? 1 - k + q - j : k - 2 + p - i) / 2 - 0.5;
    const lengthwise = warpOn ? q : p;
    // the float is slimmest where it dives
    const bow = along * along;
    const width = 0.47 + 0.02 * jitter(warpOn ? i : j + 500, seed + 4) - 2 * bow * bow;
    const colour = warpOn ? warp : weft;
    // the other thread dives beneath and shows in the gaps beside the upper one, in its shade
    if (under) {
      const other = warpOn ? weft : warp;
      rgb[0] = other[0] * 0.4;
      rgb[1] = other[1] * 0.4;
      rgb[2] = other[2] * 0.4;
    } else {
      rgb[0] = BACKING[0];
      rgb[1] = BACKING[1];
      rgb[2] = BACKING[2];
    }
    const c = cover(Math.abs(across) - (under ? width : width * 0.8), 0.06);
    if (c > 0) {
      const round = Math.sqrt(Math.max(0, 1 - 4 * across * across));
      const arch = under ? 1.04 - 1.1 * bow : 0.72;
      const twist = 0.05 * Math.sin((lengthwise * 3 + across * 1.6) * 6.283);
      const fuzz = 0.07 * noise2(p * (warpOn ? 7 : 2.5), q * (warpOn ? 2.5 : 7), grain);
      const thread = 1 + 0.05 * jitter(warpOn ? i : j + 500, seed + 5);
      const f = (0.55 + 0.5 * round) * arch * thread * (1 + twist + fuzz - 0.16 * across);
      paint(rgb, [colour[0] * f, colour[1] * f, colour[2] * f], c);
    }
  };
}

/** A hole torn into the cloth: frayed rim, loose ends, the dark table seen through it. */
function tear(base: Shader, rng: Rng, area: number): Defect {
  const place = placeIn(rng, { u0: 0.2, v0: 0.2, u1: 0.8, v1: 0.8 });
  const shape = blob(rng, place, area, 0.3);
  const seed = rng.seed();
  const fray = Math.min(0.016, 0.3 * shape.radius);
  return {
    box: grow(shape.box, fray),
    shade(u, v, rgb) {
      base(u, v, rgb);
      const strands = noise2(u * 80, v * 80, seed) * 0.6 + noise2(u * 30, v * 30, seed + 1) * 0.4;
      const d = shape.distance(u, v) + fray * strands;
      scale(rgb, 1 - 0.35 * cover(d - 0.008, 0.008));
      const c = cover(d);
      paint(rgb, BACKING, c);
      scale(rgb, 1 + c * 0.5 * clamp01((u - place.u + v - place.v) / shape.radius));
      return c;
    },
  };
}

/** A snag: threads dragged towards one another, which opens the weave on one side and crowds it on the other. */
function snag(base: Shader, rng: Rng, area: number): Defect {
  const place = placeIn(rng, { u0: 0.25, v0: 0.25, u1: 0.75, v1: 0.75 });
  const radius = Math.sqrt(area / Math.PI) * 1.35;
  const push = Math.min(0.55 * radius, 0.055) * rng.sign();
  const vertical = rng.next() < 0.5;
  return {
    box: { u0: place.u - radius, v0: place.v - radius, u1: place.u + radius, v1: place.v + radius },
    shade(u, v, rgb) {
      const x = (u - place.u) / radius;
      const y = (v - place.v) / radius;
      const f = smoothstep(1, 0.1, Math.sqrt(x * x + y * y));
      const shift = push * f;
      base(vertical ? u : u - shift, vertical ? v - shift : v, rgb);
      scale(rgb, 1 - 0.8 * f * clamp01(0.5 - (vertical ? y : x) * Math.sign(push) * 1.5));
      return 0;
    },
  };
}

/** Twill cloth, blue warp and pale weft. */
export const cloth: Product = {
  name: 'cloth',
  defects: ['hole', 'stain', 'cut_thread', 'snag', 'fibre'],
  make(rng): Piece {
    const draw = weave(rng);
    const shade = draw(null);
    return {
      dx: rng.range(-0.012, 0.012),
      dy: rng.range(-0.012, 0.012),
      angle: rng.range(-0.012, 0.012),
      shade,
      defect(kind, dice, magnitude) {
        const anywhere = { u0: 0.18, v0: 0.18, u1: 0.82, v1: 0.82 };
        switch (kind) {
          case 'hole':
            return tear(shade, dice, areaFor(magnitude, 0.004, 0.05));
          case 'stain':
            return stain(
              shade,
              dice,
              placeIn(dice, anywhere),
              areaFor(magnitude, 0.004, 0.06),
              [0.5, 0.38, 0.26],
            );
          case 'snag':
            return snag(shade, dice, areaFor(magnitude, 0.009, 0.055));
          case 'fibre':
            return fibre(
              shade,
              dice,
              placeIn(dice, anywhere),
              areaFor(magnitude, 0.003, 0.016),
              [0.72, 0.16, 0.13],
            );
          default: {
            const along = dice.int(2) as 0 | 1;
            const thread = 3 + dice.int(THREADS - 6);
            const length = areaFor(magnitude, 0.004, 0.036) * THREADS;
            const a = dice.range(0.1, 0.9 - length);
            const line = { lo: thread / THREADS - 0.01, hi: (thread + 1) / THREADS + 0.01 };
            const box =
              along === 0
                ? { u0: line.lo, v0: a, u1: line.hi, v1: a + length }
                : { u0: a, v0: line.lo, u1: a + length, v1: line.hi };
            return {
              box: grow(box, 0.01),
              shade: covered(draw({ along, thread, a, b: a + length })),
            };
          }
        }
      },
    };
  },
};
