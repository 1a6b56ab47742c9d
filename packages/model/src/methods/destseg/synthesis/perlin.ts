/** Quintic fade: value, first and second derivative fit at the nodes. */
const fade = (t: number): number => t * t * t * (t * (6 * t - 15) + 10);

/**
 * Perlin noise as DRAEM and DeSTSeg draw it: a gradient of length 1 at each node of a grid, no half-pixel offset (pixel 0 is on a node).
 *
 * @param angles uniform numbers in [0, 1), one for each node, (rows + 1)·(columns + 1), row-major: the gradient's direction in turns
 * @param grid cells along the rows and the columns; each divides the side of the map
 * @returns (height, width), row-major, about −1 to 1
 * @throws RangeError where a cell is no whole number of pixels
 */
export function perlinNoise(
  angles: ArrayLike<number>,
  [rows, columns]: readonly [rows: number, columns: number],
  [height, width]: readonly [height: number, width: number],
): Float64Array {
  if (height % rows !== 0 || width % columns !== 0)
    throw new RangeError(
      `perlinNoise: ${rows}x${columns} cells do not divide a map of ${height}x${width} pixels`,
    );
  const nodes = Array.from({ length: (rows + 1) * (columns + 1) }, (_, i) => {
    const angle = 2 * Math.PI * angles[i]!;
    return [Math.cos(angle), Math.sin(angle)] as const;
  });
  const out = new Float64Array(height * width);
  for (let i = 0; i < height; i++) {
    const y = (i * rows) / height;
    const [row, u] = [Math.floor(y), y - Math.floor(y)];
    for (let j = 0; j < width; j++) {
      const x = (j * columns) / width;
      const [column, v] = [Math.floor(x), x - Math.floor(x)];
      const dot = (a: 0 | 1, b: 0 | 1): number => {
        const [down, right] = nodes[(row + a) * (columns + 1) + column + b]!;
        return down * (u - a) + right * (v - b);
      };
      const [n00, n10, n01, n11] = [dot(0, 0), dot(1, 0), dot(0, 1), dot(1, 1)];
      const left = n00 + fade(u) * (n10 - n00);
      const right = n01 + fade(u) * (n11 - n01);
      out[i * width + j] = Math.SQRT2 * (left + fade(v) * (right - left));
    }
  }
  return out;
}

/**
 * A map turned about its centre, bilinear, 0 outside; its content turns clockwise for angles above 0.
 *
 * @param angle in degrees
 */
export function rotated(
  map: ArrayLike<number>,
  [height, width]: readonly [height: number, width: number],
  angle: number,
): Float64Array {
  const radians = (angle * Math.PI) / 180;
  const [cosine, sine] = [Math.cos(radians), Math.sin(radians)];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const at = (row: number, column: number): number =>
    row < 0 || column < 0 || row >= height || column >= width ? 0 : map[row * width + column]!;
  const out = new Float64Array(height * width);
  for (let r = 0; r < height; r++)
    for (let c = 0; c < width; c++) {
      const x = cosine * (c - cx) + sine * (r - cy) + cx;
      const y = -sine * (c - cx) + cosine * (r - cy) + cy;
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      const [u, v] = [x - x0, y - y0];
      const top = at(y0, x0) * (1 - u) + at(y0, x0 + 1) * u;
      const bottom = at(y0 + 1, x0) * (1 - u) + at(y0 + 1, x0 + 1) * u;
      out[r * width + c] = top * (1 - v) + bottom * v;
    }
  return out;
}
