import { areaFor, blob, fibre, lump } from '../defects.js';
import { noise2, fbm } from '../noise.js';
import { walk, grow } from '../paths.js';
import type { Defect, Piece, Product, Shader } from '../product.js';
import type { Rng } from '../rng.js';
import { add, cover, length, mix, paint, scale, smoothstep } from '../shapes.js';

/** Radii in picture widths: the shoulder of the bottle, the sealing lip's outer and inner edge. */
const BODY = 0.445;
const LIP = 0.35;
const BORE = 0.225;

function glass(rng: Rng): Shader {
  const seed = rng.seed();
  const depth = rng.range(0.95, 1.05);
  const turn = rng.range(0, 2 * Math.PI);
  return (u, v, rgb) => {
    const x = u - 0.5;
    const y = v - 0.5;
    const r = Math.sqrt(x * x + y * y);
    const cx = r > 0 ? x / r : 0;
    const cy = r > 0 ? y / r : 0;
    const c = cover(r - BODY, 0.004);
    if (c < 1) {
      const belt = 1 + 0.012 * noise2(u * 40, v * 40, seed);
      const shadow = 1 - 0.3 * smoothstep(0.05, -0.02, length(x - 0.012, y - 0.018) - BODY);
      rgb[0] = 0.85 * belt * shadow;
      rgb[1] = 0.86 * belt * shadow;
      rgb[2] = 0.87 * belt * shadow;
    }
    if (c <= 0) return;
    // the lamp is a ring with a gap: reflections vary slowly around the mouth, the same on every bottle
    const around = 0.72 + 0.2 * (-cx * 0.6 - cy * 0.8) + 0.07 * noise2(cx * 2.2 + turn * 0.02, cy * 2.2, 5);
    const ripple = 1 + 0.05 * fbm(cx * 7, cy * 7, seed + 1, 2);
    // shoulder: amber glass, brighter towards the silhouette, with the cap's screw ridge
    const t = (r - LIP) / (BODY - LIP);
    let tone = 0.34 + 0.32 * smoothstep(0.55, 1, t) - 0.14 * smoothstep(0.92, 1, t);
    tone +=
      0.3 * around * Math.exp(-(((r - 0.398) / 0.0075) ** 2)) -
      0.14 * Math.exp(-(((r - 0.412) / 0.008) ** 2));
    tone -= 0.2 * smoothstep(0.25, 0, t);
    let gloss = 0;
    const lip = cover(r - LIP, 0.004);
    if (lip > 0) {
      // lip: a torus; n runs from -1 at the bore to 1 at the outer edge
      const n = ((r - BORE) / (LIP - BORE)) * 2 - 1;
      const lipTone = 0.3 + 0.42 * Math.sqrt(Math.max(0, 1 - n * n)) * (0.7 + 0.4 * around);
      const bands = Math.exp(-(((n - 0.38) / 0.15) ** 2)) + 0.55 * Math.exp(-(((n + 0.45) / 0.1) ** 2));
      gloss = lip * 0.62 * around * ripple * bands;
      tone = mix(tone, lipTone, lip);
    }
    const bore = cover(r - BORE, 0.005);
    if (bore > 0) {
      // looking down the neck: the wall glows near the lip, the bottom is dark with a faint ring
      const wall = smoothstep(0.6, 1, r / BORE);
      const inside =
        0.07 + 0.22 * wall * wall * (0.6 + 0.5 * around) + 0.07 * Math.exp(-(((r - 0.115) / 0.02) ** 2));
      tone = mix(tone, inside, bore);
      gloss *= 1 - bore;
    }
    tone *= depth * ripple;
    paint(rgb, [tone * 1.12, tone * 0.66, tone * 0.3], c);
    add(rgb, gloss * c);
  };
}

/** A piece broken out of the lip: conchoidal facets, bright along the fracture, nothing of the lip's reflections left. */
function broken(base: Shader, rng: Rng, area: number): Defect {
  const angle = rng.range(0, 2 * Math.PI);
  const at = rng.range(0.28, 0.34);
  const u = 0.5 + at * Math.cos(angle);
  const v = 0.5 + at * Math.sin(angle);
  const stretch = rng.range(1.2, 2);
  const shape = blob(rng, { u, v, angle: angle + Math.PI / 2 }, area * 1.15, 0.45, stretch);
  const seed = rng.seed();
  return {
    box: shape.box,
    shade(x, y, rgb) {
      base(x, y, rgb);
      const r = length(x - 0.5, y - 0.5);
      const d = Math.max(shape.distance(x, y), r - LIP - 0.04, BORE - 0.05 - r);
      const c = cover(d);
      if (c <= 0) return 0;
      const k = 10 + 0.6 / shape.radius;
      const facet = Math.floor((noise2(x * k, y * k, seed) + 1) * 3) / 6;
      const fresh = Math.exp(-(((d + 0.009) / 0.006) ** 2));
      const tone = 0.13 + 0.22 * facet + 0.06 * noise2(x * 70, y * 70, seed + 1);
      paint(rgb, [tone * 1.15, tone * 0.72, tone * 0.38], c);
      add(rgb, c * fresh * 0.5);
      return c;
    },
  };
}

/** A crack through the glass: a fine bright line from the bore outwards, with a dark flank. */
function fracture(base: Shader, rng: Rng, area: number): Defect {
  const angle = rng.range(0, 2 * Math.PI);
  const half = 0.0075;
  const length = area / (2 * half);
  const lie = length > 0.15 ? Math.PI / 2 + rng.range(-0.5, 0.5) : rng.range(-0.4, 0.4);
  const at = 0.29;
  const path = walk(
    rng,
    0.5 + at * Math.cos(angle),
    0.5 + at * Math.sin(angle),
    angle + lie,
    length,
    9,
    0.2,
    0.5,
  );
  return {
    box: grow(path.box, 0.03),
    shade(x, y, rgb) {
      base(x, y, rgb);
      const c = cover(path.distance(x, y) - half);
      scale(rgb, 1 - 0.6 * cover(path.distance(x - 0.008, y - 0.008) - half * 0.8));
      paint(rgb, [0.97, 0.93, 0.85], 0.9 * c);
      return c;
    },
  };
}

/** The mouth of an amber glass bottle, seen from above. */
export const bottle: Product = {
  name: 'bottle',
  defects: ['broken_lip', 'crack', 'contamination', 'fibre'],
  make(rng): Piece {
    const shade = glass(rng);
    return {
      dx: rng.range(-0.012, 0.012),
      dy: rng.range(-0.012, 0.012),
      angle: 0,
      shade,
      defect(kind, dice, magnitude) {
        const angle = dice.range(0, 2 * Math.PI);
        const at = dice.range(0.05, 0.33);
        const place = { u: 0.5 + at * Math.cos(angle), v: 0.5 + at * Math.sin(angle), angle };
        switch (kind) {
          case 'broken_lip':
            return broken(shade, dice, areaFor(magnitude, 0.005, 0.05));
          case 'crack':
            return fracture(shade, dice, areaFor(magnitude, 0.0025, 0.007));
          case 'contamination':
            return lump(shade, dice, place, areaFor(magnitude, 0.004, 0.045), [0.8, 0.79, 0.74], 0.2);
          default:
            return fibre(shade, dice, place, areaFor(magnitude, 0.003, 0.015), [0.88, 0.86, 0.82]);
        }
      },
    };
  },
};
