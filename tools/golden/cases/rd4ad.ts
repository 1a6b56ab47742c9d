import * as tf from '@tensorflow/tfjs-core';
import {
  cosineLevels,
  fuseSum,
  globalCosineLoss,
  Ocbe,
  ReversedResnet,
  sumLevels,
  type Features,
  type LevelMap,
  type Rd4adConfig,
} from '@pyramid-mamba/model';
import type { GoldenCase } from '../directory.ts';
import { checkModule, input } from '../modules.ts';
import { checkFeatureLoss } from './loss.ts';
import type { Runner } from '../caseRunner.ts';

type Three = [number, number, number];

/** Inner channels of a bottleneck block are `base_width` / 64 times its planes. */
const blockOf = ({ hyper }: GoldenCase): Rd4adConfig['block'] =>
  hyper['block'] === 'basic'
    ? { kind: 'basic' }
    : { kind: 'bottleneck', inner: (hyper['base_width'] as number) / 64 };

export const rd4adOcbe: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new Ocbe(scope, {
      channels: golden.hyper['channels'] as Three,
      block: blockOf(golden),
      blocks: golden.hyper['blocks'] as number,
    });
    return (x, training) => module.apply(x as Features, training !== undefined);
  });

export const rd4adDecoder: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new ReversedResnet(scope, {
      channels: golden.hyper['out_channels'] as Three,
      inputs: golden.hyper['in_channels'] as number,
      block: blockOf(golden),
      layers: golden.hyper['layers'] as Three,
    });
    return (x, training) => module.apply(x[0] as tf.Tensor4D, training !== undefined);
  });

export const rd4adLoss: Runner = (golden, check) =>
  checkFeatureLoss(golden, check, golden.hyper['levels'] as number, globalCosineLoss);

/** The product of the levels instead of their sum: a mode of the authors' function that their evaluation never uses. */
function product(levels: readonly LevelMap[], height: number, width: number): number[] {
  const each = levels.map((level) => sumLevels([level], height, width));
  return Array.from(each[0]!, (_, i) => each.reduce((value, map) => value * map[i]!, 1));
}

export const rd4adMap: Runner = async (golden, check) => {
  const [height, width] = golden.hyper['out_size'] as [number, number];
  const features = (kind: string): Features =>
    tf.tidy(() => [0, 1, 2].map((i) => input(golden, `in.feat_${kind}${i}`))) as Features;
  const [teacher, student] = [features('t'), features('s')];
  const levels = await cosineLevels(teacher, student);
  tf.dispose([teacher, student]);
  const flat = (map: (levels: readonly LevelMap[]) => ArrayLike<number>): number[] =>
    levels.flatMap((picture) => Array.from(map(picture)));
  const map = { sigma: golden.hyper['gaussian_sigma'] as number };
  const fused = levels.map((picture) => fuseSum(picture, [height, width], map));
  check.tensor(
    'out.anomaly_map_unsmoothed',
    flat((picture) => sumLevels(picture, height, width)),
  );
  check.tensor(
    'out.anomaly_map',
    fused.flatMap((picture) => Array.from(picture.map)),
  );
  check.tensor(
    'out.image_score',
    fused.map(({ score }) => score),
  );
  check.tensor(
    'out.anomaly_map_mul_unsmoothed',
    flat((picture) => product(picture, height, width)),
  );
};
