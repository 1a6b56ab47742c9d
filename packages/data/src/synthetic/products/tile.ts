import { areaFor, blob, crack, fibre, placeIn, scratch, stain } from '../defects.js';
import { fbm, noise2 } from '../noise.js';
import type { Defect, Piece, Product, Shader } from '../product.js';
import type { Rng } from '../rng.js';
import {
  add,
  boxDistance,
  cover,
  EDGE,
  length,
  mix,
  paint,
  scale,
  smoothstep,
  type Colour,
} from '../shapes.js';

/** Half the tile's side and the radius of its corners, picture widths. */
const HALF = 0.445;
const CORNER = 0.035;
const BLUE: Colour = [0.13, 0.27, 0.58];

/** Signed distance of the painted pattern, tile-centred coordinates: corner arcs, a diamond frame and a rosette. */
function pattern(x: number, y: number): number {
  const ax = Math.abs(x);
  const ay = Math.abs(y);
  const corner = length(ax - 0.42, ay - 0.42);
  const arcs = Math.min(Math.abs(corner - 0.21) - 0.016, corner - 0.075);
  const frame = Math.abs((ax + ay) * Math.SQRT1_2 - 0.252) - 0.007;
  const r = length(x, y);
  const petal = r < 0.17 ? 0.105 + 0.05 * Math.cos(8 * Math.atan2(y, x)) : 0.105;
  const rosette = Math.max((r - petal) * 0.75, 0.034 - r);
  return Math.min(arcs, Math.max(frame, 0.235 - corner), rosette);
}

function glazed(rng: Rng): Shader {
  const seed = rng.seed();
  const warm = rng.range(-0.008, 0.008);
  const glaze = rng.range(0.96, 1.04);
  const glossU = rng.range(-0.02, 0.02);
  return (u, v, rgb) => {
    const x = u - 0.5;
    const y = v - 0.5;
    const d = boxDistance(x, y, HALF, HALF, CORNER);
    const c = cover(d);
    if (c < 1) {
      const sand = 1 + 0.07 * noise2(u * 90, v * 90, seed) + 0.04 * noise2(u * 30, v * 30, seed + 1);
      const shadow =
        1 - 0.32 * smoothstep(0.02, -0.004, boxDistance(x - 0.006, y - 0.008, HALF, HALF, CORNER));
      rgb[0] = 0.57 * sand * shadow;
      rgb[1] = 0.55 * sand * shadow;
      rgb[2] = 0.52 * sand * shadow;
    }
    if (c <= 0) return;
    const painted = cover(pattern(x, y) + 0.0015 * noise2(u * 40, v * 40, seed + 2), 0.005);
    const pool = 1 + 0.015 * fbm(u * 6, v * 6, seed + 3, 2);
    const ink = painted * 0.93 * glaze;
    const body: Colour = [
      mix((0.89 + warm) * pool, BLUE[0], ink),
      mix(0.875 * pool, BLUE[1], ink),
      mix((0.83 - warm) * pool, BLUE[2], ink),
    ];
    paint(rgb, body, c);
    // the bevel: the rim leans away, lit on the upper left, shaded on the lower right
    const rim = smoothstep(-0.028, -0.004, d);
    if (rim > 0) {
      const lean = Math.max(-1, Math.min(1, ((Math.abs(x) > Math.abs(y) ? x : y) / HALF) * -1.2));
      scale(rgb, 1 + c * rim * 0.17 * lean);
    }
    const sheen = Math.exp(-(((x + y + 0.3 + glossU) / 0.11) ** 2)) * 0.05;
    add(rgb, c * sheen);
  };
}

/** A chip knocked off the edge: the bright fracture shows the clay below the glaze. */
function chip(base: Shader, rng: Rng, area: number): Defect {
  const along = rng.range(-0.34, 0.34);
  const side = rng.int(4);
  const at = HALF - 0.1 * Math.sqrt(area);
  const u = 0.5 + (side === 0 ? along : side === 1 ? at : side === 2 ? along : -at);
  const v = 0.5 + (side === 0 ? -at : side === 1 ? along : side === 2 ? at : along);
  const shape = blob(rng, { u, v, angle: side % 2 === 0 ? 0 : Math.PI / 2 }, area * 1.7, 0.4, 1.5);
  const seed = rng.seed();
  return {
    box: shape.box,
    shade(x, y, rgb) {
      base(x, y, rgb);
      const inside = boxDistance(x - 0.5, y - 0.5, HALF, HALF, CORNER);
      const d = Math.max(shape.distance(x, y), inside);
      const c = cover(d);
      if (c <= 0) return 0;
      const depth = smoothstep(0, -0.7 * shape.radius, shape.distance(x, y));
      const rough = 1 + 0.2 * fbm(x * 45, y * 45, seed, 3);
      const f = rough * (1.02 - 0.25 * depth);
      paint(rgb, [0.72 * f, 0.43 * f, 0.3 * f], c);
      scale(rgb, 1 - 0.3 * c * smoothstep(-2.5 * EDGE, 0, d));
      return c;
    },
  };
}

/** A glazed, painted ceramic tile lying in its grout. */
export const tile: Product = {
  name: 'tile',
  defects: ['crack', 'chip', 'scratch', 'stain', 'fibre'],
  make(rng): Piece {
    const shade = glazed(rng);
    return {
      dx: rng.range(-0.015, 0.015),
      dy: rng.range(-0.015, 0.015),
      angle: rng.range(-0.015, 0.015),
      shade,
      defect(kind, dice, magnitude) {
        const place = placeIn(dice, { u0: 0.22, v0: 0.22, u1: 0.78, v1: 0.78 });
        switch (kind) {
          case 'crack':
            return crack(
              shade,
              dice,
              place,
              areaFor(magnitude, 0.004, 0.025),
              [0.16, 0.12, 0.1],
              [0.62, 0.55, 0.48],
            );
          case 'chip':
            return chip(shade, dice, areaFor(magnitude, 0.003, 0.03));
          case 'scratch':
            return scratch(shade, dice, place, areaFor(magnitude, 0.003, 0.014), [0.5, 0.49, 0.47]);
          case 'stain':
            return stain(shade, dice, place, areaFor(magnitude, 0.004, 0.06), [0.72, 0.6, 0.38]);
          default:
            return fibre(shade, dice, place, areaFor(magnitude, 0.003, 0.015), [0.2, 0.17, 0.15]);
        }
      },
    };
  },
};
