import { detectorConfigSchema, methodOf, pictureMap, type LevelMap, type Size } from '@pyramid-mamba/model';

/** The anomaly map of any method, row-major, of a picture of `size` within the model's `input`. Throws for a method that this page does not have. */
export function mapByMethod(
  levels: readonly LevelMap[],
  input: Size,
  size: Size,
  model: Readonly<Record<string, unknown>>,
): Float32Array {
  const config = detectorConfigSchema.parse(model);
  return pictureMap(methodOf(config), levels, input, size, config.map).map;
}

/** Whether a score of the model's method is the maximum of its map. Throws for a method that this page does not have. */
export function scoreIsMaximumOf(model: Readonly<Record<string, unknown>>): boolean {
  const config = detectorConfigSchema.parse(model);
  return methodOf(config).scoreIsMaximum?.(config) ?? true;
}
