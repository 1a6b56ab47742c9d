import { seededRandom, type RgbImage } from '@pyramid-mamba/data';

/** How a part lies in a drawn picture: shifted by pixels, turned clockwise by degrees about the centre. */
export interface Lie {
  readonly dx?: number;
  readonly dy?: number;
  readonly turn?: number;
}

/** A part of a shape that has one orientation, on plain ground, with a little noise; and a black dot on it where `dot` says. */
export function scene(
  key: string,
  { dx = 0, dy = 0, turn = 0 }: Lie = {},
  side = 128,
  dot = false,
): RgbImage {
  const random = seededRandom('scene', key);
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180), Math.sin((turn * Math.PI) / 180)];
  const centre = (side - 1) / 2;
  /** In shares of the side about the part's centre. */
  const brightness = (x: number, y: number): number => {
    const [u, v] = [(cos * x + sin * y) / side, (cos * y - sin * x) / side];
    if (dot && Math.hypot(u - 0.1, v - 0.12) < 0.045) return 0;
    if (Math.abs(u) > 0.26 || Math.abs(v) > 0.2) return 200;
    if (u < -0.05 && v < 0.02) return 150;
    return u > 0.08 && Math.abs(v + 0.08) < 0.05 ? 40 : 90;
  };
  const data = new Uint8Array(3 * side * side);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      let sum = 0;
      for (const i of [-0.25, 0.25])
        for (const j of [-0.25, 0.25]) sum += brightness(column + i - centre - dx, row + j - centre - dy) / 4;
      data.fill(
        Math.min(255, Math.max(0, sum + 6 * (random() - 0.5))),
        3 * (row * side + column),
        3 * (row * side + column) + 3,
      );
    }
  return { width: side, height: side, data };
}
