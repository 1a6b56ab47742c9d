// Shapes of drawn defects, in pixels around the origin.
import { fbm, noise2 } from '../synthetic/noise.js';
import { grow, union, walk, type Path } from '../synthetic/paths.js';
import type { Rng } from '../synthetic/rng.js';
import { clamp01, cover, smoothstep } from '../synthetic/shapes.js';
import type { DefectKind } from './kinds.js';

/** How strongly a defect acts at a point, -1 to 1: below 0 against its main direction, 0 outside. */
export type Strength = (x: number, y: number) => number;

/** Half width of soft edges, pixels. */
const EDGE = 0.7;

/** Smaller lines have neither a lit flank nor a shadow: these would be wider than the line is long. */
const LEAST_DETAIL = 12;

/**
 * Farther away from its lines and edges, in multiples of `extent` plus pixels, no shape acts: what is costly is not computed there.
 * Soft edges are at most 0.08 of the extent wide.
 */
const FAR = 0.1;
const FAR_PIXELS = 3;

/** A shape whose extent is about `extent` pixels. @param side the picture's shorter side, which bounds the width of lines */
export function shapeOf(kind: DefectKind, rng: Rng, extent: number, side: number): Strength {
  switch (kind) {
    case 'scratch':
      return scratch(rng, extent, side);
    case 'crack':
      return crack(rng, extent, side);
    case 'fibre':
      return fibre(rng, extent, side);
    case 'spot': {
      const distance = blob(rng, extent, 0.12);
      return (x, y) => cover(distance(x, y), Math.max(EDGE, 0.08 * extent));
    }
    case 'hole':
      return hole(rng, extent);
    case 'stain':
      return stain(rng, extent);
    case 'missing': {
      const distance = blob(rng, extent, 0.3);
      return (x, y) => cover(distance(x, y), EDGE);
    }
    case 'transplant': {
      const distance = blob(rng, extent, 0.2);
      return (x, y) => cover(distance(x, y), EDGE);
    }
    case 'colour': {
      const distance = blob(rng, extent, 0.25);
      return (x, y) => cover(distance(x, y), Math.max(EDGE, 0.06 * extent));
    }
  }
}

const directionOf = (rng: Rng): number => rng.range(0, Math.PI);

function scratch(rng: Rng, extent: number, side: number): Strength {
  const angle = directionOf(rng);
  const path = walk(rng, 0, 0, angle, extent, 9, 0.07, 0.04);
  const half = Math.min(Math.max(0.5, 0.02 * extent), Math.max(0.5, side / 120));
  const seed = rng.seed();
  const detailed = extent >= LEAST_DETAIL;
  const flank = [-Math.sin(angle) * (half + 1), Math.cos(angle) * (half + 1)] as const;
  const isFar = farFrom([path], 2 * half + 1 + FAR_PIXELS);
  return (x, y) => {
    if (isFar(x, y)) return 0;
    // the groove's lit flank first: the next call sets `t` of the groove
    const lit = detailed ? cover(path.distance(x + flank[0], y + flank[1]) - half, EDGE) : 0;
    const groove = cover(path.distance(x, y) - half, EDGE) * ends(path.t);
    return groove * (0.85 + 0.15 * noise2(path.t * 9, 0.5, seed)) - 0.5 * lit * (1 - groove) * ends(path.t);
  };
}

/** Fades out at both ends of a line. */
const ends = (t: number): number => 0.4 + 0.6 * smoothstep(0, 0.12, t) * smoothstep(1, 0.88, t);

function crack(rng: Rng, extent: number, side: number): Strength {
  const angle = directionOf(rng);
  const half = Math.min(Math.max(0.5, 0.025 * extent), Math.max(0.5, side / 100));
  const trunk = walk(rng, 0, 0, angle, 1.1 * extent, 10, 0.12, 0.7);
  const branches: Path[] = [trunk];
  for (let b = 0; b < 2; b++) {
    const at = 2 * (3 + 3 * b + rng.int(2));
    const turn = angle + rng.sign() * rng.range(0.6, 1.1);
    const reach = extent * rng.range(0.15, 0.25);
    const [x, y] = [
      trunk.points[at]! + (Math.cos(turn) * reach) / 2,
      trunk.points[at + 1]! + (Math.sin(turn) * reach) / 2,
    ];
    branches.push(walk(rng, x, y, turn, reach, 4, 0.1, 0.5));
  }
  const isFar = farFrom(branches, half + FAR_PIXELS);
  return (x, y) => {
    if (isFar(x, y)) return 0;
    let nearest = Infinity;
    for (let b = 0; b < branches.length; b++) {
      const path = branches[b]!;
      const d = path.distance(x, y);
      const wide = b === 0 ? half * (1 - 0.6 * Math.abs(2 * path.t - 1)) : 0.6 * half;
      nearest = Math.min(nearest, d - wide);
    }
    return cover(nearest, EDGE);
  };
}

function fibre(rng: Rng, extent: number, side: number): Strength {
  const path = walk(rng, 0, 0, directionOf(rng), 1.3 * extent, 16, 0.32, 0);
  const half = Math.min(Math.max(0.6, 0.018 * extent), Math.max(0.6, side / 140));
  const detailed = extent >= LEAST_DETAIL;
  const isFar = farFrom([path], 4 * half + FAR_PIXELS);
  return (x, y) => {
    if (isFar(x, y)) return 0;
    const shadow = detailed ? 0.3 * cover(path.distance(x - 2 * half, y - 2 * half) - half, 2 * EDGE) : 0;
    const thread = cover(path.distance(x, y) - half, EDGE);
    return thread - shadow * (1 - thread);
  };
}

function hole(rng: Rng, extent: number): Strength {
  const distance = blob(rng, extent, 0.15);
  const rim = Math.max(1, 0.06 * extent);
  const light = rng.range(0, 2 * Math.PI);
  const [lx, ly] = [Math.cos(light), Math.sin(light)];
  return (x, y) => {
    const d = distance(x, y);
    if (d === Infinity) return 0;
    const toLight = (lx * x + ly * y) / (0.5 * extent);
    const lit = smoothstep(0.3, 0.9, toLight) * smoothstep(-3 * rim, -rim, d);
    return cover(d + rim, EDGE) - 0.5 * lit * cover(d, EDGE);
  };
}

function stain(rng: Rng, extent: number): Strength {
  const distance = blob(rng, extent, 0.35);
  const seed = rng.seed();
  return (x, y) => {
    const d = distance(x, y);
    if (d === Infinity) return 0;
    const rim = smoothstep(-0.25 * extent, 0, d);
    const uneven = 0.75 + 0.25 * fbm((6 * x) / extent, (6 * y) / extent, seed, 3);
    return clamp01(cover(d, Math.max(EDGE, 0.05 * extent)) * uneven * (0.7 + 0.3 * rim));
  };
}

/** Whether a point is farther than `margin` from the boxes around all lines. */
function farFrom(paths: readonly Path[], margin: number): (x: number, y: number) => boolean {
  const { u0, v0, u1, v1 } = grow(union(...paths.map(({ box }) => box)), margin);
  return (x, y) => x < u0 || x > u1 || y < v0 || y > v1;
}

/** Signed distance to a blob of diameter about `extent`, pixels, Infinity far outside; `rough` 0 (an ellipse) to 0.5 (ragged). */
function blob(rng: Rng, extent: number, rough: number): (x: number, y: number) => number {
  const angle = directionOf(rng);
  const stretch = Math.sqrt(rng.range(1, 1.7));
  const radius = extent / 2 / stretch;
  const seed = rng.seed();
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const far = radius * (1 + rough) + FAR * extent + FAR_PIXELS;
  return (x, y) => {
    const u = (cos * x + sin * y) / stretch;
    const v = (cos * y - sin * x) * stretch;
    const r = Math.sqrt(u * u + v * v) + 1e-9;
    if (r > far) return Infinity;
    return r - radius * (1 + rough * fbm((1.6 * u) / r + 5, (1.6 * v) / r + 5, seed, 3));
  };
}
