import * as tf from '@tensorflow/tfjs-core';
import {
  anomalyMap as fullMap,
  cosineLevels,
  fuseLevels,
  resizeAlignCorners,
  type Features,
} from '@pyramid-mamba/model';
import { input } from '../modules.ts';
import type { Runner } from '../caseRunner.ts';

export const anomalyMap: Runner = async (golden, check) => {
  const [height, width] = golden.hyper['out_size'] as [number, number];
  const features = (kind: string): Features =>
    tf.tidy(() => [0, 1, 2].map((i) => input(golden, `in.feat_${kind}${i}`))) as Features;
  const teacher = features('t');
  const student = features('s');
  const levels = await cosineLevels(teacher, student);
  tf.dispose([teacher, student]);
  const flat = (parts: ArrayLike<number>[]): number[] => parts.flatMap((part) => Array.from(part));
  for (const i of [0, 1, 2])
    check.tensor(
      `out.scale_map${i}`,
      flat(levels.map((picture) => resizeAlignCorners(picture[i]!, height, width))),
    );
  check.tensor(
    'out.anomaly_map_unsmoothed',
    flat(levels.map((picture) => fuseLevels(picture, height, width))),
  );
  const { maps, scores } = fullMap(levels, height, width, golden.hyper['gaussian_sigma'] as number);
  check.tensor('out.anomaly_map', flat(maps));
  check.tensor('out.image_score', scores);
};
