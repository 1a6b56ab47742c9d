// The judgement of an aligned picture in the coordinates of the picture as it was given.
import {
  inputOf,
  methodOf,
  NumericError,
  pictureMap,
  type DetectorConfig,
  type Judged,
  type PictureMap,
  type Size,
} from '@pyramid-mamba/model';
import { areaMask, judgedPart, type Areas } from '../areas/index.js';
import { levelInPicture, moved, reached, ways, type Placing } from './pose.js';

/** The share of the judged areas that must be inside the picture. */
const MOST_JUDGED = 0.95;

/** The doubt about a picture of which given areas are not judged: the part has moved, and the frame with it. */
export const NOT_COVERED =
  'a part of the areas that are judged is farther from the part than the model looks, so it is not judged: check the position, or change the areas';

/** What of a picture is judged. */
export interface PlacedAreas {
  /** Of the model file: they lie on the part and move with it. */
  readonly filed: Areas | undefined;
  /** Of the picture as it was given. */
  readonly given?: Areas | undefined;
}

/** A judgement in the coordinates of the picture. */
export interface Placed {
  readonly judged: Judged;
  /** Whether so much of the model file's areas is inside the picture that an OK can be trusted. */
  readonly whole: boolean;
  /** The same of the given areas, and the frame. */
  readonly covered: boolean;
}

/**
 * The judgement of an aligned picture: the score is that of the frame's pixels that the picture has and that the areas judge; map and small maps are
 * moved back, 0 where the picture has no part of the frame.
 *
 * @param judged of the aligned picture
 * @param placing where it was; undefined for a picture that was judged as it is
 * @throws NumericError where nothing of the areas is in the picture; PictureError as `judgedPart`, for a picture that was judged as it is
 */
export function placedJudgement(
  config: DetectorConfig,
  judged: Judged,
  placing: Placing | undefined,
  { filed, given }: PlacedAreas,
): Placed {
  if (!placing)
    return { judged: judgedPart(config, judged, [filed, given]).judged, whole: true, covered: true };
  const size = { width: judged.width, height: judged.height };
  const { toPicture, toFrame } = ways(placing);
  const seen = reached(toPicture, size);
  const onPart = filed && areaMask(filed, size);
  const onPicture = given && areaMask(given, size);
  const ofGiven = onPicture && moved(onPicture, toPicture, size);
  const mask = seen.map((one, i) =>
    Number(one === 1 && (onPart?.[i] ?? 1) === 1 && (ofGiven?.[i] ?? 1) === 1),
  );
  if (!mask.includes(1))
    throw new NumericError(
      'the areas that are judged lie outside of the picture, since its part has moved, so there is no verdict',
    );
  const method = methodOf(config);
  const { score } = pictureMap(method, judged.levels, inputOf(config), size, config.map, mask);
  const corners = alignedCorners(config);
  const levels = judged.levels.map((level, i) => levelInPicture(level, toFrame, size, corners[i] === true));
  const { map } = mapOfLevels(config, levels, size, pictureMask(placing, size, { filed, given }));
  return {
    judged: { ...judged, levels, map, score },
    whole: isWhole(filed, onPart, seen),
    covered: isWhole(given, onPicture, reached(toFrame, size)),
  };
}

/** The map of small maps that were moved back, as `placedJudgement` gives it. */
export function mapOfLevels(
  config: DetectorConfig,
  levels: Judged['levels'],
  size: Size,
  mask: Uint8Array | undefined,
): PictureMap {
  // what is judged of the frame may lie between the pixels of the picture
  if (mask && !mask.includes(1)) return { ...size, map: new Float32Array(mask.length), score: 0 };
  return pictureMap(methodOf(config), levels, inputOf(config), size, config.map, mask);
}

/** Of the picture as it was given: 1 where it is judged; undefined where all of it is, or is outside of the frame. */
export function pictureMask(
  placing: Placing,
  size: Size,
  { filed, given }: PlacedAreas,
): Uint8Array | undefined {
  const onPart = filed && areaMask(filed, size);
  const onPicture = given && areaMask(given, size);
  if (!onPart && !onPicture) return undefined;
  const ofPart = onPart && moved(onPart, ways(placing).toFrame, size);
  return Uint8Array.from({ length: size.width * size.height }, (_, i) =>
    Number((ofPart?.[i] ?? 1) === 1 && (onPicture?.[i] ?? 1) === 1),
  );
}

/**
 * Whether most of what areas select is seen. Where they only leave something out, the rest counts as without them: as large a share of it must be seen as
 * of the whole, or what is left to judge has gone with the edge.
 */
export function isWhole(areas: Areas | undefined, mask: Uint8Array | undefined, seen: Uint8Array): boolean {
  if (!mask) return true;
  let [all, inside, whole] = [0, 0, 0];
  for (const [i, one] of mask.entries()) {
    all += one;
    inside += one & seen[i]!;
    whole += seen[i]!;
  }
  const share = areas?.use.length === 0 ? whole / mask.length : 1;
  return inside >= MOST_JUDGED * share * all;
}

/** For each level whether its method resizes it with aligned corners; of an ensemble by member. */
function alignedCorners(config: DetectorConfig): boolean[] {
  const { members } = config.map as { members?: readonly { method: string; levels: number }[] };
  const all = members ?? [{ method: config.method, levels: methodOf(config).levelCount(config) }];
  return all.flatMap(({ method, levels }) =>
    Array.from({ length: levels }, () => methodOf({ method }).alignsCorners === true),
  );
}
