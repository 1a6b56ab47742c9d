import { areaFor, crack, hole, lump, placeIn, scratch, stain } from '../defects.js';
import { hash2, noise2 } from '../noise.js';
import type { Piece, Product, Shader } from '../product.js';
import type { Rng } from '../rng.js';
import { mix, smoothstep } from '../shapes.js';

/** Growth rings across the picture. */
const RINGS = 7;
/** All planks are sawn from the same family of logs: the slow bend of the rings is shared, a plank only shifts it. */
const FAMILY = 20261;

function plank(rng: Rng): Shader {
  const seed = rng.seed();
  const shiftU = rng.range(0, 1);
  const shiftV = rng.range(-0.25, 0.25);
  const spread = rng.range(0.96, 1.04);
  const drift = rng.range(-0.02, 0.02);
  return (u, v, rgb) => {
    const bend = noise2(u * 1.1 + 3, (v + shiftV) * 1.2, FAMILY);
    const own = noise2(u * 2.2, v * 1.6, seed);
    const ring =
      u * RINGS * spread + shiftU + 0.85 * bend + 0.22 * own + 0.05 * noise2(u * 22, v * 5, seed + 1);
    // years differ in width; the dark late wood is a narrow band with a soft start and a sharper end
    const aged = ring + 0.3 * noise2(ring * 0.8, 0, FAMILY + 1);
    const year = Math.floor(aged);
    const f = aged - year;
    const late =
      (0.3 * f + 0.7 * smoothstep(0.45, 0.85, f)) *
      (1 - smoothstep(0.87, 1, f)) *
      (0.7 + 0.3 * hash2(year, 0, FAMILY));
    const streak = 0.07 * noise2(u * 95, v * 3.2, seed + 2) + 0.05 * noise2(u * 42, v * 1.7, seed + 3);
    const pore = smoothstep(0.62, 0.8, noise2(u * 120, v * 11, seed + 4)) * (0.4 + 0.6 * late) * 0.2;
    const k = (1 + streak) * (1 - pore) * (1 + 0.02 * noise2(u * 3, v * 3, seed + 5));
    rgb[0] = mix(0.83, 0.61, late) * k + drift * 0.5;
    rgb[1] = mix(0.65, 0.41, late) * k + drift * 0.4;
    rgb[2] = mix(0.43, 0.22, late) * k + drift * 0.3;
  };
}

/** A planed softwood plank, grain upright. */
export const wood: Product = {
  name: 'wood',
  defects: ['scratch', 'hole', 'stain', 'crack', 'paint'],
  make(rng): Piece {
    const shade = plank(rng);
    const anywhere = { u0: 0.2, v0: 0.2, u1: 0.8, v1: 0.8 };
    return {
      dx: rng.range(-0.01, 0.01),
      dy: rng.range(-0.01, 0.01),
      angle: rng.range(-0.015, 0.015),
      shade,
      defect(kind, dice, magnitude) {
        const place = placeIn(dice, anywhere);
        switch (kind) {
          case 'scratch':
            // across the grain: along it a scratch hides among the streaks
            return scratch(
              shade,
              dice,
              { ...place, angle: dice.range(-0.9, 0.9) },
              areaFor(magnitude, 0.003, 0.018),
              [0.95, 0.85, 0.68],
            );
          case 'hole':
            return hole(
              shade,
              dice,
              place,
              areaFor(magnitude, 0.003, 0.022),
              [0.09, 0.05, 0.03],
              [0.42, 0.26, 0.13],
            );
          case 'stain':
            return stain(shade, dice, place, areaFor(magnitude, 0.005, 0.06), [0.45, 0.42, 0.45]);
          case 'crack':
            return crack(
              shade,
              dice,
              { ...place, angle: Math.PI / 2 + dice.range(-0.12, 0.12) },
              areaFor(magnitude, 0.003, 0.022),
              [0.1, 0.05, 0.02],
              [0.36, 0.22, 0.11],
              0.35,
            );
          default:
            return lump(shade, dice, place, areaFor(magnitude, 0.004, 0.04), [0.23, 0.42, 0.45]);
        }
      },
    };
  },
};
