import { FormatError } from '../../errors.js';
import type { EncoderWeights } from '../types.js';
import { resnetLayers, resnetStem } from './architecture.js';
import type { ResnetConfig } from './config.js';

/** Minimum and maximum of each channel. */
interface Range {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** Bounds of ImageNet-normalised 8-bit RGB. */
const PICTURE: Range = { low: new Float64Array(3).fill(-2.2), high: new Float64Array(3).fill(2.7) };

/** Bound of a sum: float32 ends at 3.4e38, with a margin for the backend's order of terms and rounding. */
const LARGEST = 1e38;

const zip = (a: Float64Array, b: Float64Array, f: (x: number, y: number) => number): Float64Array =>
  a.map((x, i) => f(x, b[i]!));

/** The output range of a folded convolution for channels within `x`, whose range includes 0 (the padding). Throws if a sum may overflow. */
function convolved(weights: EncoderWeights, name: string, x: Range, where: string): Range {
  const { shape, data } = weights.get(`${name}.weight`)!;
  const bias = weights.get(`${name}.bias`)!.data;
  const [outputs, inputs] = shape as readonly [number, number, number, number];
  const taps = data.length / (outputs * inputs);
  const low = Float64Array.from(bias);
  const high = Float64Array.from(bias);
  for (let o = 0; o < outputs; o++) {
    let size = Math.abs(bias[o]!);
    for (let c = 0, at = o * inputs * taps; c < inputs; c++) {
      let [positive, negative] = [0, 0];
      for (let i = 0; i < taps; i++, at++) {
        const weight = data[at]!;
        if (weight > 0) positive += weight;
        else negative += weight;
      }
      high[o]! += positive * x.high[c]! + negative * x.low[c]!;
      low[o]! += positive * x.low[c]! + negative * x.high[c]!;
      size += (positive - negative) * Math.max(x.high[c]!, -x.low[c]!);
    }
    if (!(size <= LARGEST))
      throw new FormatError(
        `${where}: the weights of ${name} are so large that the encoder may overflow (${size.toExponential(1)}); ` +
          'the file is damaged or its training diverged: download it again or use other weights.',
      );
  }
  return { low, high };
}

/** From 0 even if no picture can switch a channel off, because padding adds zeros. */
const relu = ({ low, high }: Range): Range => ({
  low: new Float64Array(low.length),
  high: high.map((v) => Math.max(0, v)),
});

/**
 * Throws a FormatError unless every sum in the encoder stays finite in float32 for any picture. Overflow could otherwise go
 * undetected: negative infinity and NaN vanish in maximum pooling and relu. ResNet18 trained on
 * ImageNet reaches 1e14 at most, ResNet34 1e30.
 */
export function requireFiniteRange(weights: EncoderWeights, config: ResnetConfig, where: string): void {
  let x = relu(convolved(weights, resnetStem(config).name, PICTURE, where));
  const add = (a: number, b: number): number => a + b;
  for (const { convs, shortcut } of resnetLayers(config).flat()) {
    const residual = convs.reduce(
      (y, { name }, i) => convolved(weights, name, i > 0 ? relu(y) : y, where),
      x,
    );
    const other = shortcut ? convolved(weights, shortcut.name, x, where) : x;
    x = relu({ low: zip(residual.low, other.low, add), high: zip(residual.high, other.high, add) });
  }
}
