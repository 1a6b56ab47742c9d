import { fbm, noise2 } from './noise.js';
import { discBox, grow, union, walk, type Path } from './paths.js';
import type { Box, Defect, Shader } from './product.js';
import type { Rng } from './rng.js';
import { add, cover, EDGE, mix, paint, scale, smoothstep, tint, type Colour } from './shapes.js';

/** Where a defect sits and how it lies, product frame. */
export interface Place {
  readonly u: number;
  readonly v: number;
  /** Main direction, radians. */
  readonly angle: number;
}

/** Area (fraction of the picture) for a magnitude in 0..1, spaced geometrically between `lo` and `hi`. */
export const areaFor = (magnitude: number, lo: number, hi: number): number => lo * (hi / lo) ** magnitude;

/** A place uniform in a box. */
export const placeIn = (rng: Rng, box: Box): Place => ({
  u: rng.range(box.u0, box.u1),
  v: rng.range(box.v0, box.v1),
  angle: rng.range(0, Math.PI),
});

/** Length and width of a long thin mark of area `area` whose length is `ratio` widths, at least `thin` wide. */
function strip(area: number, ratio: number, thin: number): { length: number; half: number } {
  const width = Math.max(thin, Math.sqrt(area / ratio));
  return { length: area / width, half: width / 2 };
}

/** A scratch: a gently curved groove, `tone` inside, lit along one flank, pressed unevenly. */
export function scratch(
  base: Shader,
  rng: Rng,
  place: Place,
  area: number,
  tone: Colour,
  strength = 0.85,
): Defect {
  const { length, half } = strip(area * 1.15, 28, 0.013);
  const path = walk(rng, place.u, place.v, place.angle, length, 9, 0.07, 0.04);
  const seed = rng.seed();
  const nx = -Math.sin(place.angle) * 0.4 * half;
  const ny = Math.cos(place.angle) * 0.4 * half;
  return {
    box: grow(path.box, half + 2 * EDGE),
    shade(u, v, rgb) {
      base(u, v, rgb);
      const d = path.distance(u, v);
      const t = path.t;
      const taper = smoothstep(0, 0.12, t) * smoothstep(1, 0.88, t) * 0.5 + 0.5;
      const c = cover(d - half * taper);
      if (c <= 0) return 0;
      const press = 0.85 + 0.15 * noise2(t * 9, 0.5, seed);
      paint(rgb, tone, c * strength * press);
      const lit = path.distance(u + nx, v + ny) < d ? 1.1 : 0.86;
      scale(rgb, mix(1, lit, c));
      return c;
    },
  };
}

/**
 * A crack: a jagged dark line that tapers off, with two branches; `edge` is the colour of its broken rim. `crooked`: 1
 * runs as in a brittle body, less keeps to the place's direction as along a grain.
 */
export function crack(
  base: Shader,
  rng: Rng,
  place: Place,
  area: number,
  dark: Colour,
  edge: Colour,
  crooked = 1,
): Defect {
  const { length, half } = strip(area * 1.25, 24, 0.014);
  const trunk = walk(
    rng,
    place.u,
    place.v,
    place.angle,
    length * 0.75,
    10,
    0.16 * crooked ** 2,
    0.75 * crooked,
  );
  const branches: Path[] = [trunk];
  for (let b = 0; b < 2; b++) {
    const at = 2 * (3 + 3 * b + rng.int(2));
    const turn = place.angle + rng.sign() * rng.range(0.6, 1.1) * crooked;
    const reach = length * rng.range(0.14, 0.22);
    const u = trunk.points[at]! + (Math.cos(turn) * reach) / 2;
    const v = trunk.points[at + 1]! + (Math.sin(turn) * reach) / 2;
    branches.push(walk(rng, u, v, turn, reach, 4, 0.1, 0.5));
  }
  return {
    box: grow(union(...branches.map((p) => p.box)), 2 * half + 3 * EDGE),
    shade(u, v, rgb) {
      base(u, v, rgb);
      let d = Infinity;
      for (let b = 0; b < branches.length; b++) {
        const path = branches[b]!;
        const dist = path.distance(u, v);
        const t = path.t;
        const width = b === 0 ? half * (1 - 0.6 * Math.abs(2 * t - 1)) : half * 0.7 * (1 - 0.5 * t);
        d = Math.min(d, dist - width);
      }
      paint(rgb, edge, 0.45 * cover(d - 0.45 * half));
      const c = cover(d);
      paint(rgb, dark, 0.9 * c);
      return c;
    },
  };
}

/** Signed distance to a blob of about the given area; `rough` 0 (an ellipse) .. 0.5 (ragged); `stretch` >= 1. */
export function blob(rng: Rng, place: Place, area: number, rough: number, stretch = rng.range(1, 1.5)) {
  const radius = Math.sqrt(area / Math.PI);
  const seed = rng.seed();
  const cos = Math.cos(place.angle);
  const sin = Math.sin(place.angle);
  const k = Math.sqrt(stretch);
  const distance = (u: number, v: number): number => {
    const x = (cos * (u - place.u) + sin * (v - place.v)) / k;
    const y = (cos * (v - place.v) - sin * (u - place.u)) * k;
    const r = Math.sqrt(x * x + y * y) + 1e-9;
    const ragged = fbm((x / r) * 1.6 + 5, (y / r) * 1.6 + 5, seed, 3);
    return r - radius * (1 + rough * ragged);
  };
  return { distance, radius, seed, box: discBox(place.u, place.v, radius * (1 + rough) * k + 3 * EDGE) };
}

/** A stain soaked into the surface: multiplies the colours by `tone`, uneven inside, darker along its rim. */
export function stain(
  base: Shader,
  rng: Rng,
  place: Place,
  area: number,
  tone: Colour,
  opacity = 0.9,
): Defect {
  const shape = blob(rng, place, area, 0.35);
  const soft = 0.006;
  return {
    box: grow(shape.box, soft),
    shade(u, v, rgb) {
      base(u, v, rgb);
      const d = shape.distance(u, v);
      const c = cover(d, soft);
      if (c <= 0) return 0;
      const rim = smoothstep(-0.3 * shape.radius, 0, d);
      const uneven = 0.85 + 0.15 * fbm(u * 30, v * 30, shape.seed, 2);
      tint(rgb, tone, c * opacity * uneven * (0.8 + 0.3 * rim));
      return c;
    },
  };
}

/** Foreign matter lying on the surface: an opaque, shaded lump with a highlight and a shadow below right. */
export function lump(
  base: Shader,
  rng: Rng,
  place: Place,
  area: number,
  colour: Colour,
  gloss = 0.35,
): Defect {
  const shape = blob(rng, place, area * 0.92, 0.28);
  const reach = Math.min(0.014, 0.22 * shape.radius);
  const h = 0.12 * shape.radius;
  return {
    box: grow(shape.box, reach + 0.01),
    shade(u, v, rgb) {
      base(u, v, rgb);
      const d = shape.distance(u, v);
      const c = cover(d);
      if (c < 1) scale(rgb, 1 - 0.35 * cover(shape.distance(u - reach, v - reach), 0.008));
      if (c <= 0) return 0;
      const dome = (x: number, y: number): number =>
        Math.sqrt(Math.min(1, Math.max(0, -shape.distance(x, y) / shape.radius)));
      const slope = (dome(u + h, v + h) - dome(u - h, v - h)) * 2.2;
      const grain = 0.05 * fbm(u * 60, v * 60, shape.seed, 2);
      const body: Colour = [colour[0] + grain, colour[1] + grain, colour[2] + grain];
      paint(rgb, body, c);
      scale(rgb, mix(1, 1 + 0.3 * Math.max(-1, Math.min(1, slope)), c));
      const hx = u - place.u + 0.3 * shape.radius;
      const hy = v - place.v + 0.3 * shape.radius;
      add(rgb, c * gloss * Math.exp(-(hx * hx + hy * hy) / (0.06 * shape.radius * shape.radius)));
      return c;
    },
  };
}

/** A hair or thread lying on the surface, with its shadow. */
export function fibre(base: Shader, rng: Rng, place: Place, area: number, colour: Colour): Defect {
  const { length, half } = strip(area, 40, 0.013);
  const path = walk(rng, place.u, place.v, place.angle, length, 16, 0.32, 0);
  const seed = rng.seed();
  return {
    box: grow(path.box, half + 0.022),
    shade(u, v, rgb) {
      base(u, v, rgb);
      const d = path.distance(u, v);
      const t = path.t;
      const c = cover(d - half);
      if (c < 1) scale(rgb, 1 - 0.28 * cover(path.distance(u - 0.007, v - 0.009) - half, 0.006));
      if (c <= 0) return 0;
      paint(rgb, colour, c);
      scale(rgb, mix(1, 1.12 - 0.3 * (d / half) ** 2 + 0.08 * noise2(t * 30, 0, seed), c));
      return c;
    },
  };
}

/** A hole through or into the piece: dark, its lower right wall catching light, its rim bruised. */
export function hole(
  base: Shader,
  rng: Rng,
  place: Place,
  area: number,
  dark: Colour,
  wall: Colour,
  rough = 0.15,
): Defect {
  const shape = blob(rng, place, area, rough, rng.range(1, 1.2));
  const rim = Math.min(0.012, 0.25 * shape.radius);
  return {
    box: grow(shape.box, rim),
    shade(u, v, rgb) {
      base(u, v, rgb);
      const d = shape.distance(u, v);
      scale(rgb, 1 - 0.25 * cover(d - rim, rim));
      const c = cover(d);
      if (c <= 0) return 0;
      const toLight = (u - place.u + v - place.v) / (shape.radius * 2);
      const lit = smoothstep(0.25, 0.75, toLight) * smoothstep(-0.5 * shape.radius, 0, d);
      paint(rgb, dark, c);
      paint(rgb, wall, c * lit * 0.8);
      return c;
    },
  };
}

/** A dent or pull: the surface displaced towards `push`, fading over `radius`; the mask is what that changed. */
export function displace(
  base: Shader,
  place: Place,
  radius: number,
  push: readonly [number, number],
  shadow = 0,
): Defect {
  return {
    box: discBox(place.u, place.v, radius * 1.02),
    shade(u, v, rgb) {
      const x = (u - place.u) / radius;
      const y = (v - place.v) / radius;
      const q = 1 - x * x - y * y;
      const f = q > 0 ? q * q : 0;
      base(u - push[0] * f, v - push[1] * f, rgb);
      if (shadow !== 0 && f > 0) scale(rgb, 1 + shadow * (-x - y) * f * 1.6);
      return 0;
    },
  };
}

/**
 * Keeps a defect on the product: where `inside` is 0 the good picture stays. `inside` gets the point and the good
 * colour there and returns the product's coverage, 0..1.
 */
export function clip(
  defect: Defect,
  base: Shader,
  inside: (u: number, v: number, good: Float64Array) => number,
): Defect {
  return {
    box: defect.box,
    shade(u, v, rgb) {
      base(u, v, rgb);
      const [r, g, b] = [rgb[0]!, rgb[1]!, rgb[2]!];
      const c = inside(u, v, rgb);
      if (c <= 0) return 0;
      const covered = defect.shade(u, v, rgb);
      rgb[0] = mix(r, rgb[0]!, c);
      rgb[1] = mix(g, rgb[1]!, c);
      rgb[2] = mix(b, rgb[2]!, c);
      return covered * c;
    },
  };
}
