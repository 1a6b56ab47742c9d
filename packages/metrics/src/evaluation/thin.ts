/** Points of a curve in drawing order: x and y fractions of 1, and the threshold (score >= it) that gives each. */
export interface CurvePoints {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly threshold: Float64Array;
}

interface Piece {
  readonly from: number;
  readonly to: number;
  /** The point between them that is farthest from their chord, and its distance. */
  readonly farthest: number;
  readonly distance: number;
}

/**
 * At most `maxPoints` (>= 2) of the points, including both ends: the point farthest from the
 * current line is added repeatedly (Douglas and Peucker 1973, best first), so the visible corners come first.
 */
export function thin(points: CurvePoints, maxPoints: number): CurvePoints {
  const n = points.x.length;
  if (n <= maxPoints) return points;
  const kept = [0, n - 1];
  const pieces = [farthestFrom(points, 0, n - 1)];
  while (kept.length < maxPoints) {
    let worst = 0;
    for (let i = 1; i < pieces.length; i++) {
      if (pieces[i]!.distance > pieces[worst]!.distance) worst = i;
    }
    const { from, to, farthest, distance } = pieces[worst]!;
    if (!(distance > 0)) break;
    kept.push(farthest);
    pieces[worst] = farthestFrom(points, from, farthest);
    pieces.push(farthestFrom(points, farthest, to));
  }
  kept.sort((a, b) => a - b);
  const pick = (values: Float64Array): Float64Array => Float64Array.from(kept, (i) => values[i]!);
  return { x: pick(points.x), y: pick(points.y), threshold: pick(points.threshold) };
}

function farthestFrom({ x, y }: CurvePoints, from: number, to: number): Piece {
  const [x0, y0] = [x[from]!, y[from]!];
  const [dx, dy] = [x[to]! - x0, y[to]! - y0];
  const length2 = dx * dx + dy * dy;
  let farthest = from;
  let greatest = 0;
  for (let i = from + 1; i < to; i++) {
    const [u, v] = [x[i]! - x0, y[i]! - y0];
    const along = length2 > 0 ? Math.min(1, Math.max(0, (u * dx + v * dy) / length2)) : 0;
    const [ex, ey] = [u - along * dx, v - along * dy];
    const squared = ex * ex + ey * ey;
    if (squared > greatest) {
      greatest = squared;
      farthest = i;
    }
  }
  return { from, to, farthest, distance: greatest };
}
