import { ownValue, quantileThreshold } from '@pyramid-mamba/metrics';
import { featureDistance, nearestClass, type ModelInfo, type Recognition } from '@pyramid-mamba/model';

/** Share of a class's pictures within its limit. */
const QUANTILE = 0.99;
/** Widening of the limit for n pictures, 1 + WIDENING / n: as Student's t of few samples is wider than a normal distribution (1.1 for 30, 1.6 for 5). */
const WIDENING = 3;
/** Least limit as a share of the prototype's length: copies of one picture have no distances, and backends differ by rounding. */
const LEAST = 0.01;
/**
 * From this distance on, as a share of the prototype's length, a picture beyond the limit is of another product even if it scores as defective. Large
 * defects of real products reach 0.18, other products begin at 0.23, drawn ones alike (ResNet18, 30 pictures); limits, which follow how alike the
 * good pictures of a class are, do not separate the two.
 */
const FAR = 0.2;

/** Whether a picture looks like a product of the model; `hardly`: not quite, as one with a large defect may. */
export type Fit = 'yes' | 'hardly' | 'no';

/** The doubt about a picture that is far from every class of the model: its verdict is UNKNOWN, whatever its score. */
export const NO_PRODUCT =
  'the picture looks like no product of this model: check the product, the camera and the light, or train the model on it';
/** The doubt about a picture that is near no class, but not far: UNKNOWN, unless its score says NG. */
export const HARDLY =
  'the picture looks unlike the training pictures of every product of this model: check the product, the camera and the light';

/** Limits and lengths that were computed: each picture asks for those of every class. */
const limits = new WeakMap<Recognition, { readonly prototype: readonly number[]; readonly limit: number }>();
const lengths = new WeakMap<readonly number[], number>();

/** Distance of a picture of the class from its prototype that is still usual: the conformal quantile of the training pictures' own ones. */
function limitOf(own: Recognition, prototype: readonly number[]): number {
  const known = limits.get(own);
  if (known?.prototype === prototype) return known.limit;
  const { distances } = own;
  const { threshold } = quantileThreshold(distances, { quantile: QUANTILE });
  const limit = Math.max(threshold * (1 + WIDENING / distances.length), LEAST * lengthOf(prototype));
  limits.set(own, { prototype, limit });
  return limit;
}

function lengthOf(prototype: readonly number[]): number {
  const known = lengths.get(prototype);
  if (known !== undefined) return known;
  const length = featureDistance(prototype, new Float64Array(prototype.length));
  lengths.set(prototype, length);
  return length;
}

type Known = Pick<ModelInfo, 'prototypes' | 'recognition'>;

/** By what distances a class is recognised: up to `limit` a picture looks like it, from `far` on it is of another product. undefined where the file says none. */
export function reachOf(
  { prototypes, recognition }: Known,
  className: string,
): { readonly limit: number; readonly far: number } | undefined {
  const prototype = ownValue(prototypes, className);
  const own = ownValue(recognition, className);
  return prototype && own && { limit: limitOf(own, prototype), far: FAR * lengthOf(prototype) };
}

/** The distance of a picture from a class, in limits: up to 1 it looks like it. undefined where the file says no limit. */
export function farFrom(
  { prototypes, recognition }: Known,
  className: string,
  feature: Float32Array,
): number | undefined {
  const prototype = ownValue(prototypes, className);
  const own = ownValue(recognition, className);
  if (!prototype || !own || prototype.length !== feature.length) return undefined;
  return featureDistance(prototype, feature) / limitOf(own, prototype);
}

/**
 * Whether a picture looks like any class of the model. A class without a limit (a single training picture) is the picture's if it is the nearest;
 * in files of older versions no class has one, and every picture fits.
 *
 * @param feature of the picture, see `Judged`
 */
export function fitOf(info: Known, feature: Float32Array): Fit {
  const { prototypes = {} } = info;
  const nearest = nearestClass(prototypes, feature);
  if (nearest === undefined || farFrom(info, nearest, feature) === undefined) return 'yes';
  const isWithin = (name: string) => (farFrom(info, name, feature) ?? Infinity) <= 1;
  if (Object.keys(prototypes).some(isWithin)) return 'yes';
  const isFar = (prototype: readonly number[]) =>
    prototype.length !== feature.length || featureDistance(prototype, feature) >= FAR * lengthOf(prototype);
  return Object.values(prototypes).every(isFar) ? 'no' : 'hardly';
}

const DOUBTS: Readonly<Record<Fit, readonly string[]>> = { yes: [], hardly: [HARDLY], no: [NO_PRODUCT] };

/** The doubts about a picture that does not fit. */
export const fitDoubts = (fit: Fit): readonly string[] => DOUBTS[fit];
