import { anomalyMap, type LevelMap } from '@pyramid-mamba/model';

/** The anomaly map, (size, size) row-major, of a picture's small maps. */
export const mapOf = (levels: readonly LevelMap[], size: number, sigma: number): Float32Array =>
  anomalyMap([[...levels]], size, size, sigma).maps[0]!;
