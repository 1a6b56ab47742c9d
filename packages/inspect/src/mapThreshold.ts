/**
 * The value from which a picture's map has regions, for a threshold of scores, where the score is not the map's maximum
 * (`Method.scoreIsMaximum`): the same share of the map's maximum as the threshold is of the score. A score that reaches the threshold
 * always has a region, another one none.
 *
 * @param map of which `score` is, 0 or more where not judged
 */
export function mapThreshold(threshold: number, score: number, map: Float32Array): number {
  let most = -Infinity;
  for (const value of map) if (value > most) most = value;
  if (most === score) return threshold;
  if (!(score > 0)) return threshold > score ? Infinity : threshold;
  return (threshold / score) * most;
}
