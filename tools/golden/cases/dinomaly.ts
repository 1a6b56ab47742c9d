import * as tf from '@tensorflow/tfjs-core';
import {
  cosineLevels,
  gaussianWindow,
  hardMinedCosineLoss,
  learningRate,
  LinearAttentionBlock,
  Mlp,
  resizeAlignCorners,
  resizeHalfPixel,
  topMean,
  type Features,
  type LevelMap,
} from '@pyramid-mamba/model';
import type { GoldenCase } from '../directory.ts';
import { checkModule, input } from '../modules.ts';
import type { Runner } from '../caseRunner.ts';
import { checkFeatureLoss } from './loss.ts';

const number = ({ hyper }: GoldenCase, key: string): number => hyper[key] as number;

export const dinomalyLoss: Runner = (golden, check) =>
  checkFeatureLoss(golden, check, number(golden, 'groups'), (teacher, student) =>
    hardMinedCosineLoss(teacher, student, { share: number(golden, 'p'), factor: number(golden, 'factor') }),
  );

export const dinomalyBottleneck: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const sizes = { channels: number(golden, 'dim'), hidden: number(golden, 'hidden') };
    const module = new Mlp(scope, sizes, number(golden, 'dropout'));
    return (x, training) => module.apply(x[0]!, training);
  });

export const dinomalyBlock: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new LinearAttentionBlock(scope, {
      channels: number(golden, 'dim'),
      heads: number(golden, 'num_heads'),
      mlpRatio: number(golden, 'mlp_ratio'),
    });
    return (x) => module.apply(x[0] as tf.Tensor3D);
  });

export const dinomalyMap: Runner = async (golden, check) => {
  const features = (kind: string): Features =>
    tf.tidy(() => [0, 1].map((i) => input(golden, `in.feat_${kind}${i}`))) as Features;
  const [teacher, student] = [features('t'), features('s')];
  const pictures = await cosineLevels(teacher, student);
  tf.dispose([teacher, student]);
  const [full, small] = [number(golden, 'out_size'), number(golden, 'resize_mask')];
  const map = (data: Float64Array, side: number): LevelMap => ({
    height: side,
    width: side,
    data: Float32Array.from(data),
  });
  const fulls = pictures.map((levels) => {
    const resized = levels.map((level) => resizeAlignCorners(level, full, full));
    return resized[0]!.map((_, i) => resized.reduce((sum, level) => sum + level[i]! / levels.length, 0));
  });
  const smalls = fulls.map((data) => resizeHalfPixel(map(data, full), small, small));
  const smooth = smalls.map((data) =>
    gaussianWindow(map(data, small), number(golden, 'kernel'), number(golden, 'sigma')),
  );
  const flat = (maps: Float64Array[]): number[] => maps.flatMap((data) => [...data]);
  check.tensor('out.map_full', flat(fulls));
  check.tensor('out.map_resized', flat(smalls));
  check.tensor('out.map', flat(smooth));
  check.tensor(
    'out.image_score',
    smooth.map((data) => topMean(data, number(golden, 'max_ratio'))),
  );
};

/** Warm-up and half a cosine. */
export const dinomalySchedule: Runner = ({ expected, tensors }, check) => {
  const examples = expected['examples'] as {
    base: number;
    final: number;
    total_iters: number;
    warmup_iters: number;
    lr: Record<string, number>;
  }[];
  const at = ({ base, final, total_iters, warmup_iters }: (typeof examples)[number], iteration: number) =>
    learningRate(
      {
        lr: base,
        epochs: 1,
        steps: total_iters,
        dropAt: 1,
        schedule: { warmup: warmup_iters, finalLr: final },
      },
      iteration,
      total_iters,
    );
  for (const example of examples)
    for (const [iteration, want] of Object.entries(example.lr))
      check.numbers(`lr(${iteration})`, [at(example, Number(iteration))], [want]);
  const iterations = tensors.get('in.iterations')!.data as ArrayLike<number>;
  check.tensor(
    'out.lr',
    Array.from(iterations, (iteration) => at(examples[0]!, iteration)),
  );
};
