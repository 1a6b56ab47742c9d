import type { Box } from './product.js';
import type { Rng } from './rng.js';
import { clamp01 } from './shapes.js';

/** A polyline in picture widths, with the answer of its last `distance` call. */
export interface Path {
  /** x0, y0, x1, y1, ... */
  readonly points: Float64Array;
  readonly box: Box;
  /** Distance from (x, y) to the line; afterwards `t` is the nearest place along it, 0 (start) to 1 (end). */
  distance(x: number, y: number): number;
  t: number;
}

/** Wraps points (x0, y0, x1, y1, ...) as a path. */
export function makePath(points: Float64Array): Path {
  const segments = points.length / 2 - 1;
  const path: Path = {
    points,
    box: boxOf(points),
    t: 0,
    distance(x, y) {
      let best = Infinity;
      for (let s = 0; s < segments; s++) {
        const ax = points[2 * s]!;
        const ay = points[2 * s + 1]!;
        const dx = points[2 * s + 2]! - ax;
        const dy = points[2 * s + 3]! - ay;
        const f = clamp01(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy + 1e-12));
        const ex = x - ax - f * dx;
        const ey = y - ay - f * dy;
        const d = ex * ex + ey * ey;
        if (d < best) {
          best = d;
          path.t = (s + f) / segments;
        }
      }
      return Math.sqrt(best);
    },
  };
  return path;
}

function boxOf(points: Float64Array): Box {
  let u0 = Infinity;
  let v0 = Infinity;
  let u1 = -Infinity;
  let v1 = -Infinity;
  for (let i = 0; i < points.length; i += 2) {
    u0 = Math.min(u0, points[i]!);
    u1 = Math.max(u1, points[i]!);
    v0 = Math.min(v0, points[i + 1]!);
    v1 = Math.max(v1, points[i + 1]!);
  }
  return { u0, v0, u1, v1 };
}

/** A box grown by `m` on every side. */
export const grow = (box: Box, m: number): Box => ({
  u0: box.u0 - m,
  v0: box.v0 - m,
  u1: box.u1 + m,
  v1: box.v1 + m,
});

/** The smallest box around several. */
export const union = (...boxes: readonly Box[]): Box => ({
  u0: Math.min(...boxes.map((b) => b.u0)),
  v0: Math.min(...boxes.map((b) => b.v0)),
  u1: Math.max(...boxes.map((b) => b.u1)),
  v1: Math.max(...boxes.map((b) => b.v1)),
});

/** The box of a disc. */
export const discBox = (x: number, y: number, r: number): Box => ({
  u0: x - r,
  v0: y - r,
  u1: x + r,
  v1: y + r,
});

/**
 * A walk of `steps` equal steps and given total `length`, centred on (cx, cy), starting in direction `angle`
 * (radians). `bend`: largest turn that is kept from step to step (a curve); `jag`: largest turn of a single step (a
 * zigzag).
 */
export function walk(
  rng: Rng,
  cx: number,
  cy: number,
  angle: number,
  length: number,
  steps: number,
  bend: number,
  jag: number,
): Path {
  const points = new Float64Array(2 * steps + 2);
  let heading = angle;
  let turn = rng.range(-bend, bend);
  for (let s = 1; s <= steps; s++) {
    turn = 0.7 * turn + rng.range(-bend, bend) * 0.7;
    heading += turn;
    const a = heading + rng.range(-jag, jag);
    points[2 * s] = points[2 * s - 2]! + (Math.cos(a) * length) / steps;
    points[2 * s + 1] = points[2 * s - 1]! + (Math.sin(a) * length) / steps;
  }
  const mx = points[2 * steps]! / 2;
  const my = points[2 * steps + 1]! / 2;
  for (let i = 0; i < points.length; i += 2) {
    points[i] = points[i]! + cx - mx;
    points[i + 1] = points[i + 1]! + cy - my;
  }
  return makePath(points);
}
