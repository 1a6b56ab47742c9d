// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import type { Size } from '../../inference/input.js';
import type { LevelMap } from '../../inference/levels.js';
import { judgedPart } from '../../inference/mask.js';
import { pictureMap, type PictureMap } from '../../inference/pictureMap.js';
import { isStretched, type EnsembleMapConfig, type Methods } from './config.js';

/** What is the members' of a picture's levels, in their order. */
export function memberLevels(
  levels: readonly LevelMap[],
  { members }: Pick<EnsembleMapConfig, 'members'>,
): LevelMap[][] {
  let from = 0;
  return members.map(({ levels: count }) => levels.slice(from, (from += count)));
}

/** A picture's map and score by each member alone, in units of the member's scale, from its levels, see `pictureMap`; `mask` as there. */
export const memberMapsWith =
  (methodOf: Methods) =>
  (
    map: EnsembleMapConfig,
    levels: readonly LevelMap[],
    input: Size,
    picture: Size,
    mask?: Uint8Array,
  ): PictureMap[] => {
    const own = memberLevels(levels, map);
    return map.members.map(({ method, map }, i) =>
      pictureMap(methodOf({ method }), own[i]!, input, picture, map, mask),
    );
  };

/** A picture's map from the maps of its members, each in units of its own scale, see `EnsembleMapConfig`. The score is its maximum. */
export const fuseWith =
  (methodOf: Methods) =>
  (
    levels: readonly LevelMap[],
    size: readonly [height: number, width: number],
    map: EnsembleMapConfig,
    mask?: Uint8Array,
  ): { map: Float32Array; score: number } => {
    const own = memberLevels(levels, map);
    const each = map.members.map(({ method, map }, i) => methodOf({ method }).fuse(own[i]!, size, map, mask));
    const maps = each.map((one) => one.map);
    const combined = Float32Array.from(maps[0]!, (_, i) => {
      let [sum, largest] = [0, -Infinity];
      for (const one of maps) {
        sum += one[i]!;
        // keeps a value that is not a number: no verdict may rest on it
        largest = Math.max(largest, one[i]!);
      }
      return map.combine === 'largest' ? largest : sum / maps.length;
    });
    const found = mask
      ? judgedPart(combined, mask)
      : { map: combined, score: combined.reduce((a, b) => Math.max(a, b), -Infinity) };
    return isStretched(map) ? stretched(found, each[0]!.score, map.combine === 'stretched-square') : found;
  };

/** The map, or its square, multiplied so that its maximum is `score`; a map of zeros stays as it is. */
function stretched(
  { map, score: maximum }: { map: Float32Array; score: number },
  score: number,
  squared: boolean,
): { map: Float32Array; score: number } {
  if (maximum === 0) return { map, score: maximum };
  const factor = score / maximum;
  const out = map.map((value) => (squared ? (value / maximum) * value * factor : value * factor));
  // as the map has it, in its precision
  return { map: out, score: out.reduce((a, b) => Math.max(a, b), -Infinity) };
}
