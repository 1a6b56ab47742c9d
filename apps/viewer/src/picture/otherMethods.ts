import { detectorConfigSchema, methodOf, type LevelMap } from '@pyramid-mamba/model';

/** The anomaly map of any method, (size, size) row-major. Throws for a method that this page does not have. */
export function mapByMethod(
  levels: readonly LevelMap[],
  size: number,
  model: Readonly<Record<string, unknown>>,
): Float32Array {
  const config = detectorConfigSchema.parse(model);
  return methodOf(config).fuse(levels, [size, size], config.map).map;
}
