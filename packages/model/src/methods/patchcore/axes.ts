/** Rows from which the axes are found. */
const SAMPLED = 1024;
/** Rounds of the subspace iteration: the axes need not be exact, see `principalAxes`. */
const ROUNDS = 3;

/**
 * The `count` directions in which centred rows vary most, about, by subspace iteration on an even sample of them. Whatever they are, they are
 * orthonormal (a direction that the rows do not have is zero): distances along them are never longer than those of the rows.
 *
 * @param mean of the rows, `dims` values
 * @returns row-major (dims, count)
 */
export function principalAxes(
  rows: Float32Array,
  mean: Float32Array,
  dims: number,
  count: number,
): Float32Array {
  const all = rows.length / dims;
  const sampled = Math.min(SAMPLED, all);
  const sample = Array.from({ length: sampled }, (_, i) => {
    const from = Math.floor((i * all) / sampled) * dims;
    return Float64Array.from({ length: dims }, (_, d) => rows[from + d]! - mean[d]!);
  });
  // rows themselves are near those directions
  let axes = orthonormal(
    Array.from({ length: count }, (_, a) => sample[Math.floor((a * sampled) / count)]!.slice()),
  );
  for (let round = 0; round < ROUNDS; round++) {
    const next = axes.map(() => new Float64Array(dims));
    for (const row of sample)
      for (const [a, axis] of axes.entries()) {
        const along = dot(row, axis);
        const sum = next[a]!;
        for (let d = 0; d < dims; d++) sum[d]! += along * row[d]!;
      }
    axes = orthonormal(next);
  }
  return Float32Array.from({ length: dims * count }, (_, i) => axes[i % count]![Math.floor(i / count)]!);
}

/** A direction that has lost all but this share of its length is that of the others. */
const LOST = 1e-9;

/** Gram and Schmidt's, twice, which leaves no error above rounding. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    const before = Math.sqrt(dot(vector, vector));
    for (let pass = 0; pass < 2; pass++)
      for (const other of done) {
        const along = dot(vector, other);
        for (let d = 0; d < vector.length; d++) vector[d]! -= along * other[d]!;
      }
    const length = Math.sqrt(dot(vector, vector));
    const scale = length > LOST * before ? 1 / length : 0;
    done.push(vector.map((value) => value * scale));
  }
  return done;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
