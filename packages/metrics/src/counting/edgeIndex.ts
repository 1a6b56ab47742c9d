/** Number of equal intervals of the range of the edges: their table fits into a core's cache. */
const MOST_PIECES = 2 ** 16;

/** Finds scores among ascending edges: first the interval of equal width, then by bisection within it. */
export class EdgeIndex {
  private readonly low: number;
  private readonly scale: number;
  /** (pieces + 1) edges below each piece. */
  private readonly start: Uint32Array;

  constructor(private readonly edges: Float64Array) {
    const n = edges.length;
    const pieces = Math.max(1, Math.min(MOST_PIECES, n));
    this.low = edges[0] ?? 0;
    const scale = pieces / ((edges[n - 1] ?? 0) - this.low);
    this.scale = Number.isFinite(scale) ? scale : 0; // one edge, or a range that overflows float64
    this.start = new Uint32Array(pieces + 1);
    for (let e = 0; e < n; e++) this.start[this.piece(edges[e]!) + 1]!++;
    for (let i = 0; i < pieces; i++) this.start[i + 1]! += this.start[i]!;
  }

  /** Number of edges below `score`, which is the index of its edge if it is one. */
  find(score: number): number {
    const { edges } = this;
    const piece = this.piece(score);
    let low = this.start[piece]!;
    let high = this.start[piece + 1]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (edges[middle]! < score) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The piece of a score, never falling as the score rises. */
  private piece(score: number): number {
    const position = (score - this.low) * this.scale;
    const last = this.start.length - 2;
    return position > 0 ? Math.min(last, Math.floor(position)) : 0; // NaN: infinite distance times 0
  }
}
