import { anomalyMap, type LevelMap } from '@pyramid-mamba/model';
import type { OpenRun } from '../run/types.js';

/** What makes maps of a run's small ones. */
export type MapMaker = Pick<OpenRun, 'size' | 'sigma' | 'config'>;

/** The anomaly map, (size, size) row-major, of a picture's small maps. Rejects for a method that this page does not have. */
export async function mapOf(
  levels: readonly LevelMap[],
  { size, sigma, config }: MapMaker,
): Promise<Float32Array> {
  // the usual method needs no other code: with the registry come all networks and TensorFlow.js
  if (config === undefined || (config['method'] ?? 'pyramid-mamba') === 'pyramid-mamba')
    return anomalyMap([levels], size, size, sigma).maps[0]!;
  const { mapByMethod } = await import('./otherMethods.js');
  return mapByMethod(levels, size, config);
}
