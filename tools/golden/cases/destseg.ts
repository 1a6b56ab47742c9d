import * as tf from '@tensorflow/tfjs-core';
import {
  blended,
  DenoisingStudent,
  focalLoss,
  fuseSegmentation,
  l1Loss,
  meanOfTop,
  normalised,
  Optimizer,
  perlinNoise,
  products,
  resizeBilinear,
  rotated,
  SegmentationNet,
  segmentationLoss,
  smallMask,
  studentLoss,
  UNSMOOTHED,
  type Features,
} from '@pyramid-mamba/model';
import type { GoldenCase } from '../directory.ts';
import { checkModule, input } from '../modules.ts';
import { checkFeatureLoss } from './loss.ts';
import type { Runner } from '../caseRunner.ts';

/** A tensor's numbers, as stored. */
function numbers({ tensors, name: own }: GoldenCase, name: string): ArrayLike<number> {
  const found = tensors.get(name);
  if (!found) throw new Error(`the case ${own} has no tensor ${name}`);
  return found.data as ArrayLike<number>;
}
const shapeOf = (golden: GoldenCase, name: string): readonly number[] => golden.tensors.get(name)!.shape;

export const destsegPerlin: Runner = (golden, check) => {
  const grids = golden.hyper['grids'] as [number, number, number, number][];
  for (const [i, [height, width, rows, columns]] of grids.entries()) {
    const noise = perlinNoise(numbers(golden, `in.rand${i}`), [rows, columns], [height, width]);
    check.tensor(`out.noise${i}`, noise);
    check.tensor(
      `out.mask${i}`,
      noise.map((value) => (value > 0.5 ? 1 : 0)),
    );
  }
};

export const destsegRotate: Runner = (golden, check) => {
  const angles = golden.hyper['angles'] as number[];
  for (const [i, angle] of angles.entries()) {
    const name = golden.tensors.has(`in.noise${i}`) ? `in.noise${i}` : 'in.noise';
    const [height, width] = shapeOf(golden, name).slice(-2) as [number, number];
    check.tensor(`out.rotated${i}`, rotated(numbers(golden, name), [height, width], angle));
  }
};

export const destsegBlend: Runner = async (golden, check) => {
  const { hyper } = golden;
  const [, height, width] = shapeOf(golden, 'out.mask') as [number, number, number];
  const grid = [2 ** (hyper['tx'] as number), 2 ** (hyper['ty'] as number)] as const;
  const noise = perlinNoise(numbers(golden, 'in.rand'), grid, [height, width]);
  const mask = Float32Array.from(noise, (value) => (value > (hyper['threshold'] as number) ? 1 : 0));
  check.tensor('out.mask', mask);
  const [plain, normal] = tf.tidy(() => {
    const of = (name: string): tf.Tensor4D =>
      tf.div(tf.tensor4d(Float32Array.from(numbers(golden, name)), [1, height, width, 3]), 255);
    const inNetwork = (x: tf.Tensor4D): tf.Tensor4D =>
      tf.div(tf.sub(x, hyper['mean'] as number[]), hyper['std'] as number[]);
    const [picture, texture] = [of('in.image'), of('in.dtd')];
    const masks = tf.tensor4d(mask, [1, height, width, 1]);
    const betas = tf.tensor4d([hyper['beta'] as number], [1, 1, 1, 1]);
    // training blends normalised pictures
    const normal = blended(inNetwork(picture), inNetwork(texture), masks, betas);
    return [blended(picture, texture, masks, betas), tf.transpose(normal, [0, 3, 1, 2])];
  }) as [tf.Tensor, tf.Tensor];
  check.tensor('out.image_aug', await plain.data());
  check.tensor('out.normalized', await normal.data());
  tf.dispose([plain, normal]);
};

export const destsegStudent: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const student = new DenoisingStudent(scope, golden.hyper['width'] as number);
    return ([x], training) => student.apply(x as tf.Tensor4D, training !== undefined);
  });

export const destsegSegmentation: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const { inplanes, channels } = golden.hyper as { inplanes: number; channels: number };
    const net = new SegmentationNet(scope, inplanes, channels);
    return ([x], training) => net.apply(x as tf.Tensor4D, training !== undefined);
  });

export const destsegLossCosine: Runner = (golden, check) => checkFeatureLoss(golden, check, 3, studentLoss);

export const destsegLossSegmentation: Runner = async (golden, check) => {
  const tensors = tf.tidy(() => {
    const probability = input(golden, 'in.segmentation') as tf.Tensor4D;
    const whole = tf.tensor(Float32Array.from(numbers(golden, 'in.mask')), [...shapeOf(golden, 'in.mask')]);
    const [, height, width] = probability.shape;
    const mask = smallMask(tf.transpose(whole, [0, 2, 3, 1]) as tf.Tensor4D, height, width);
    const of = (loss: typeof focalLoss) =>
      tf.valueAndGrad((p: tf.Tensor) => loss(p as tf.Tensor4D, mask))(probability);
    const [focal, l1, both] = [of(focalLoss), of(l1Loss), of(segmentationLoss)];
    return {
      'aux.mask_small': mask,
      'out.focal': focal.value,
      'out.l1': l1.value,
      'out.loss': both.value,
      'aux.grad_focal': focal.grad,
      'aux.grad_l1': l1.grad,
      'grad_in.segmentation': both.grad,
    };
  });
  for (const [name, tensor] of Object.entries(tensors)) check.tensor(name, await tensor.data());
  tf.dispose(tensors);
};

/** The product of the levels of 1 − cosine: the map of the student alone, which the paper compares with and no method here uses. */
function studentMap(teacher: Features, student: Features): { levels: tf.Tensor[]; map: tf.Tensor4D } {
  const levels = teacher.map((t, i) =>
    tf.sub(1, tf.sum(tf.mul(normalised(t), normalised(student[i]!)), 3, true)),
  );
  const [, height, width] = student[0]!.shape;
  const map = levels
    .map((level) => resizeBilinear(level as tf.Tensor4D, height, width) as tf.Tensor)
    .reduce((product, level) => tf.mul(product, level));
  return { levels, map: map as tf.Tensor4D };
}

export const destsegMap: Runner = async (golden, check) => {
  const size = golden.hyper['image_size'] as [number, number];
  const top = golden.hyper['T'] as number;
  const found = tf.tidy(() => {
    const features = (kind: string): Features =>
      [0, 1, 2].map((i) => input(golden, `in.feat_${kind}${i}`) as tf.Tensor4D);
    const [teacher, student] = [features('t'), features('s')];
    const { levels, map } = studentMap(teacher, student);
    const seen = tf.transpose(products(teacher, student), [0, 3, 1, 2]);
    return {
      'out.seg_input': seen,
      'out.de_st0': levels[0]!,
      'out.de_st1': levels[1]!,
      'out.de_st2': levels[2]!,
      'out.de_st': map,
    };
  });
  for (const [name, tensor] of Object.entries(found)) check.tensor(name, await tensor.data());
  const fused = (map: ArrayLike<number>) => {
    const [count, height, width] = [
      shapeOf(golden, 'in.segmentation')[0]!,
      ...shapeOf(golden, 'in.segmentation').slice(-2),
    ] as [number, number, number];
    return Array.from({ length: count }, (_, b) => {
      const data = Float32Array.from(map).slice(b * height * width, (b + 1) * height * width);
      return {
        small: data,
        ...fuseSegmentation([{ height, width, data }], size, { top, sigma: UNSMOOTHED }),
      };
    });
  };
  const segmentation = fused(numbers(golden, 'in.segmentation'));
  const student = fused(await found['out.de_st'].data());
  check.tensor(
    'out.segmentation_map',
    segmentation.flatMap(({ map }) => Array.from(map)),
  );
  check.tensor(
    'out.de_st_map',
    student.flatMap(({ map }) => Array.from(map)),
  );
  check.tensor(
    'out.image_score',
    segmentation.map(({ score }) => score),
  );
  check.tensor(
    'out.image_score_de_st',
    student.map(({ score }) => score),
  );
  check.tensor(
    'out.image_score_ader',
    segmentation.map(({ small }) => meanOfTop(small, top)),
  );
  tf.dispose(found);
};

export const destsegSgd: Runner = async (golden, check) => {
  const { hyper, tensors } = golden;
  const rates = hyper['lr'] as Record<string, number>;
  const names = [...tensors.keys()]
    .filter((name) => /^in\.(?!grad\.)/.test(name))
    .map((name) => name.slice(3));
  const tensor = (name: string): tf.Tensor =>
    tf.tensor(tensors.get(name)!.data as Float32Array, tensors.get(name)!.shape);
  const params = new Map(names.map((name) => [name, tf.variable(tensor(`in.${name}`))]));
  const optimizer = new Optimizer(params, {
    optimizer: 'sgd',
    weightDecay: hyper['weight_decay'] as number,
    betas: [hyper['momentum'] as number, 0],
    eps: 1e-8,
    clipNorm: null,
  });
  for (let step = 1; step <= (hyper['steps'] as number); step++) {
    const grads = new Map(names.map((name) => [name, tensor(`in.grad.${name}.step${step}`)]));
    await optimizer.step(grads, 1, (name) => rates[name.split('.')[0]!]);
    tf.dispose([...grads.values()]);
    for (const name of names) check.tensor(`out.${name}.step${step}`, await params.get(name)!.data());
  }
  const state = await optimizer.state();
  for (const name of names) check.tensor(`out.momentum.${name}`, state.get(`momentum_buffer.${name}`)!.data);
  optimizer.dispose();
  tf.dispose([...params.values()]);
};
