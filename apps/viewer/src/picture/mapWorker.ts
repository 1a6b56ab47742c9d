import { anomalyMap, type LevelMap } from '@pyramid-mamba/model';
import * as Comlink from 'comlink';

/** The anomaly map, (size, size) row-major, of a picture's small maps. */
function computeMap(levels: readonly LevelMap[], size: number, sigma: number): Float32Array {
  const map = anomalyMap([[...levels]], size, size, sigma).maps[0]!;
  return Comlink.transfer(map, [map.buffer]);
}
export type ComputeMap = typeof computeMap;

Comlink.expose(computeMap);
