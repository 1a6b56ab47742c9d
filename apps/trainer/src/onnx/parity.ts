import type { RgbImage } from '@pyramid-mamba/data';
import type { Inspector, Judgement } from '@pyramid-mamba/inspect';
import { VERDICTS } from '@pyramid-mamba/model/onnx';
import type { OnnxRuntime } from './runtime.js';

/** The largest difference of maps and scores that a file may have. */
export const TOLERANCE = 1e-4;

export interface Parity {
  /** Pictures that were compared. */
  readonly pictures: number;
  /** Largest differences of the values of maps and of scores, as a share of the picture's largest value where that is above 1. */
  readonly map: number;
  readonly score: number;
  /** Pictures whose product or verdict differs although their score is not at a threshold. */
  readonly differ: number;
  /** Of one picture, in seconds: the median in onnxruntime, and here. */
  readonly seconds: number;
  readonly ownSeconds: number;
}

/**
 * Runs pictures through the file and through the model.
 * @param pictures at their size within the input, all of one size
 */
export async function parityOf(
  runtime: OnnxRuntime,
  bytes: Uint8Array,
  inspector: Pick<Inspector, 'judgeOne' | 'info'>,
  pictures: readonly RgbImage[],
): Promise<Parity> {
  // it warns of every input that has a default
  runtime.env.logLevel = 'error';
  const session = await runtime.InferenceSession.create(bytes);
  const [times, ownTimes]: [number[], number[]] = [[], []];
  const parity = { map: 0, score: 0, differ: 0 };
  try {
    for (const picture of pictures) {
      const { width, height, data } = picture;
      const image = new runtime.Tensor('uint8', Uint8Array.from(data), [1, height, width, 3]);
      const started = performance.now();
      const found = await session.run({ image });
      const between = performance.now();
      const own = await inspector.judgeOne({ image: picture });
      ownTimes.push((performance.now() - between) / 1000);
      times.push((between - started) / 1000);
      const [map, [score]] = [found['map']!.data as Float32Array, found['score']!.data as Float32Array];
      const scale = own.map.reduce((most, value) => Math.max(most, value), 1);
      for (const [i, value] of own.map.entries())
        parity.map = worse(parity.map, Math.abs(value - map[i]!) / scale);
      parity.score = worse(parity.score, Math.abs(own.score - score!) / Math.max(1, own.score));
      const [product, verdict] = ['product', 'verdict'].map((name) => Number(found[name]!.data[0]));
      const { classes } = inspector.info;
      const same =
        // an ONNX file has no verdict "none"
        verdict === VERDICTS[own.verdict ?? 'REVIEW'] && classes[product!] === (own.className ?? classes[0]);
      if (!same && !atThreshold(own)) parity.differ++;
    }
  } finally {
    await session.release();
  }
  return { ...parity, pictures: pictures.length, seconds: median(times), ownSeconds: median(ownTimes) };
}

/** Whether rounding may decide between two verdicts. */
const atThreshold = ({ score, calibration }: Judgement): boolean =>
  calibration !== null &&
  [calibration.review, calibration.reject].some(
    (threshold) => Math.abs(score - threshold) <= TOLERANCE * Math.max(1, score),
  );

/** The larger one; a value that is not a number counts as infinite. */
const worse = (a: number, b: number): number => (Number.isNaN(b) ? Infinity : Math.max(a, b));

/** The lower middle one. */
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
