import { ownValue } from '@pyramid-mamba/metrics';
import type { ClassSelfTest, ModelInfo, ProductAreas } from '@pyramid-mamba/model';

/**
 * The info of a model file with other areas. Its self-test was of pictures judged by those of before, which it notes, so that `distrustOf` knows what was
 * not tested; where the areas are set back to them, the note goes.
 */
export function withAreas(info: ModelInfo, areas: Readonly<Record<string, ProductAreas>>): ModelInfo {
  const { areas: before, selfTest, ...rest } = info;
  const noted = Object.entries(selfTest ?? {}).map(
    ([name, { areas: earlier, ...one }]): [string, ClassSelfTest] => {
      const tested = earlier ?? ownValue(before, name) ?? ALL;
      return [name, isSame(tested, ownValue(areas, name) ?? ALL) ? one : { ...one, areas: tested }];
    },
  );
  return {
    ...rest,
    ...(Object.keys(areas).length > 0 && { areas: { ...areas } }),
    ...(selfTest && { selfTest: Object.fromEntries(noted) }),
  };
}

const ALL: ProductAreas = { use: [], ignore: [] };

const isSame = (a: ProductAreas, b: ProductAreas): boolean =>
  JSON.stringify([a.use, a.ignore]) === JSON.stringify([b.use, b.ignore]);
