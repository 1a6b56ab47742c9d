import { fusePyramidMamba, pictureMap, type LevelMap, type Size } from '@pyramid-mamba/model';
import type { OpenRun } from '../run/types.js';

/** What makes maps of a run's small ones. */
export type MapMaker = Pick<OpenRun, 'input' | 'sigma' | 'config'>;

/** The usual method needs no other code: with the registry come all networks and TensorFlow.js. */
const isOther = (config: MapMaker['config']): config is Readonly<Record<string, unknown>> =>
  config !== undefined && (config['method'] ?? 'pyramid-mamba') !== 'pyramid-mamba';

/** Whether the scores of a run are the maxima of its maps, see `Method.scoreIsMaximum`. */
export async function scoreIsMaximum({ config }: Pick<MapMaker, 'config'>): Promise<boolean> {
  if (!isOther(config)) return true;
  return (await import('./otherMethods.js')).scoreIsMaximumOf(config);
}

/** The anomaly map, row-major, of a picture of `size` from its small maps. Rejects for a method that this page does not have. */
export async function mapOf(
  levels: readonly LevelMap[],
  { input, sigma, config }: MapMaker,
  size: Size,
): Promise<Float32Array> {
  if (!isOther(config)) return pictureMap({ fuse: fusePyramidMamba }, levels, input, size, { sigma }).map;
  const { mapByMethod } = await import('./otherMethods.js');
  return mapByMethod(levels, input, size, config);
}
