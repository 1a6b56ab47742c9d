/**
 * The weight of each grid in a pyramid's mean: the given ones, or equal ones.
 *
 * @throws Error when the grids are not integers of at least 1, or the weights do not match them in number or do not sum to 1
 */
export function gridWeights(op: string, grids: readonly number[], weights?: readonly number[]): number[] {
  if (grids.length === 0 || !grids.every((g) => Number.isInteger(g) && g >= 1))
    throw new Error(
      `${op}: grids must be one or more integers of at least 1, e.g. [1, 2], got [${grids.join(', ')}].`,
    );
  if (!weights) return grids.map(() => 1 / grids.length);
  const sum = weights.reduce((s, x) => s + x, 0);
  if (weights.length !== grids.length || !(Math.abs(sum - 1) < 1e-6))
    throw new Error(
      `${op}: weights must be ${grids.length} numbers with sum 1, one per grid, got [${weights.join(', ')}].`,
    );
  return [...weights];
}
