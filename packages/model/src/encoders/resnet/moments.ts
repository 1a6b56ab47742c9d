import { FormatError } from '../../errors.js';
import type { EncoderWeights } from '../types.js';
import { resnetLayers, resnetStem, type ResnetConv } from './architecture.js';
import type { ResnetConfig } from './config.js';

/** Mean and variance of each channel over pictures and pixels. */
interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** ImageNet-normalised photographs. */
const PICTURE: Moments = { mean: new Float64Array(3), variance: new Float64Array(3).fill(1) };

/** Bound of a typical value: the square root of float32's largest, so that a picture may exceed the typical one as much again. */
const LARGEST = 1e19;

/** E[relu(x)] of a normal x of mean 0 and standard deviation 1. */
const RELU_MEAN = 1 / Math.sqrt(2 * Math.PI);

/** The moments of a folded convolution of channels that are independent of each other, its taps equal or independent, whichever is more. */
function convolved(weights: EncoderWeights, { name, shape }: ResnetConv, x: Moments, where: string): Moments {
  const { data } = weights.get(`${name}.weight`)!;
  const mean = Float64Array.from(weights.get(`${name}.bias`)!.data);
  const variance = new Float64Array(mean.length);
  const [outputs, inputs, height, width] = shape;
  const taps = height * width;
  for (let o = 0, at = 0; o < outputs; o++) {
    for (let c = 0; c < inputs; c++) {
      let [sum, squares] = [0, 0];
      for (let i = 0; i < taps; i++, at++) {
        sum += data[at]!;
        squares += data[at]! ** 2;
      }
      mean[o]! += sum * x.mean[c]!;
      variance[o]! += Math.max(sum ** 2, squares) * x.variance[c]!;
    }
    const typical = Math.abs(mean[o]!) + Math.sqrt(variance[o]!);
    if (!(typical <= LARGEST))
      throw new FormatError(
        `${where}: the weights of ${name} are so large that the encoder may overflow (${typical.toExponential(1)}); ` +
          'the file is damaged or its training diverged: download it again or use other weights.',
      );
  }
  return { mean, variance };
}

/** At least the moments of a rectified normal. */
const relu = ({ mean, variance }: Moments): Moments => ({
  mean: mean.map((m, i) => Math.max(0, m) + RELU_MEAN * Math.sqrt(variance[i]!)),
  variance: variance.map((v, i) => (mean[i]! > 0 ? v : v / 2)),
});

/**
 * Throws a FormatError where a typical picture's values would be so large that another's may overflow in float32. For networks of
 * Bottleneck blocks, whose bound over all pictures (`requireFiniteRange`) is of the order of float32's largest number. By this estimate
 * ResNet18 trained on ImageNet reaches 9e2, after 13 convolutions.
 */
export function requireModerateMoments(weights: EncoderWeights, config: ResnetConfig, where: string): void {
  let x = relu(convolved(weights, resnetStem(config), PICTURE, where));
  for (const { convs, shortcut } of resnetLayers(config).flat()) {
    let y = x;
    convs.forEach((conv, i) => {
      y = convolved(weights, conv, i > 0 ? relu(y) : y, where);
    });
    const other = shortcut ? convolved(weights, shortcut, x, where) : x;
    x = relu({
      mean: y.mean.map((m, i) => m + other.mean[i]!),
      variance: y.variance.map((v, i) => (Math.sqrt(v) + Math.sqrt(other.variance[i]!)) ** 2),
    });
  }
}
