import * as tf from '@tensorflow/tfjs-core';
import {
  cosineLevels,
  anomalyMap,
  encoderWeightsFrom,
  fnv1a,
  lossAndGradients,
  mulberry32,
  Optimizer,
  PyramidMamba,
  reconstructionLoss,
  type Features,
  type HostTensor,
  type TrainingContext,
} from '@pyramid-mamba/model';
import type { GoldenCase } from '../directory.ts';
import type { Runner } from '../caseRunner.ts';

/** The reference compares gradient norms per parameter with a larger tolerance. */
const GRADIENT_TOLERANCE = 2e-3;

const uniform = (salt: string, key: string, count: number, low: number, high: number): Float32Array => {
  const random = mulberry32(fnv1a(salt + key));
  return Float32Array.from({ length: count }, () => low + (high - low) * random());
};

/** A parameter's values by the case's formula (`hyper.weight_formula`), PyTorch's layout. */
function formula(salt: string, key: string, shape: readonly number[]): Float32Array {
  const size = shape.reduce((n, s) => n * s, 1);
  const within = (low: number, high: number): Float32Array => uniform(salt, key, size, low, high);
  const last = shape.at(-1)!;
  if (key.endsWith('x_proj_weight')) return within(-Math.sqrt(3 / last), Math.sqrt(3 / last));
  if (key.endsWith('dt_projs_weight')) return within(-(last ** -0.5), last ** -0.5);
  if (key.endsWith('dt_projs_bias')) return within(-6.9, -2.2);
  if (key.endsWith('A_logs')) {
    const random = mulberry32(fnv1a(salt + key));
    return Float32Array.from({ length: size }, (_, i) => Math.log((i % last) + 1) + (-0.1 + 0.2 * random()));
  }
  if (key.endsWith('Ds')) return within(0.8, 1.2);
  if (key.endsWith('running_mean')) return within(-0.1, 0.1);
  if (key.endsWith('running_var')) return within(0.5, 1.5);
  if (key.endsWith('.weight') && shape.length >= 2) {
    const bound = Math.sqrt(3 / (size / shape[0]!));
    return within(-bound, bound);
  }
  if (key.endsWith('.weight'))
    return /^net_t\.layer.*\.bn2\.weight$|^mff_oce\.bn_layer\..*\.bn3\.weight$/.test(key)
      ? within(0.2, 0.4)
      : within(0.8, 1.2);
  if (key.endsWith('.bias')) return within(-0.1, 0.1);
  throw new Error(`the formula has no rule for ${key}`);
}

/** Every tensor by formula, by name and requested shape. */
class FormulaTensors extends Map<string, HostTensor> {
  constructor(
    private readonly salt: string,
    private readonly prefix: string,
    private readonly shapes: (name: string) => readonly number[] | undefined,
  ) {
    super();
  }

  override has(name: string): boolean {
    return this.shapes(name) !== undefined;
  }

  override get(name: string): HostTensor | undefined {
    const shape = this.shapes(name);
    return shape && { dtype: 'F32', shape: [...shape], data: formula(this.salt, this.prefix + name, shape) };
  }
}

/** Shapes of torchvision's ResNet34 of a given width, with a BatchNorm for each convolution. */
function resnetShape(width: number): (name: string) => readonly number[] | undefined {
  return (name) => {
    const channels = (layer: number): number => width * 2 ** (layer - 1);
    if (name === 'conv1.weight') return [width, 3, 7, 7];
    if (name.startsWith('bn1.')) return [width];
    const match = /^layer(\d)\.(\d+)\.(.*)$/.exec(name);
    if (!match) return undefined;
    const [layer, block, rest] = [Number(match[1]), Number(match[2]), match[3]!];
    const c = channels(layer);
    const inputs = block > 0 || layer === 1 ? c : channels(layer - 1);
    if (rest === 'conv1.weight') return [c, inputs, 3, 3];
    if (rest === 'conv2.weight') return [c, c, 3, 3];
    if (rest === 'downsample.0.weight') return [c, inputs, 1, 1];
    return /^(bn\d|downsample\.1)\./.test(rest) ? [c] : undefined;
  };
}

async function build(golden: GoldenCase): Promise<PyramidMamba> {
  const { hyper } = golden;
  const salt = hyper['key_salt'] as string;
  const width = golden.tensors.get('out.train.bn1_running_mean')!.shape[0]! / 2;
  const encoder = { arch: 'resnet34' as const, width };
  const weights = encoderWeightsFrom(
    new FormulaTensors(salt, 'net_t.', resnetShape(width)),
    encoder,
    golden.name,
  );
  const model = PyramidMamba.create(
    {
      inputSize: hyper['input_size'] as number,
      encoder,
      mff: { bottlenecks: 3, noiseStd: 0 },
      decoder: { depths: [3, 4, 6, 3], dState: 16, grids: [1, 2], pss: true, lec: true, dropPath: 0 },
      map: { sigma: 4 },
    },
    weights,
    { seed: 0 },
  );
  const shapes = new Map([...(await model.stateDict())].map(([name, { shape }]) => [name, shape]));
  model.loadStateDict(new FormulaTensors(salt, '', (name) => shapes.get(name)), golden.name);
  return model;
}

/** Every 8th channel of every 4th pixel in both directions, NCHW. */
async function subsample(feature: tf.Tensor4D): Promise<Float32Array> {
  const part = tf.tidy(() => {
    const [b, h, w, c] = feature.shape;
    const strided = tf.stridedSlice(feature, [0, 0, 0, 0], [b, h, w, c], [1, 4, 4, 8]);
    return tf.transpose(strided, [0, 3, 1, 2]);
  });
  const numbers = await part.data<'float32'>();
  part.dispose();
  return numbers;
}

async function std(feature: tf.Tensor4D): Promise<number> {
  const variance = tf.tidy(() => tf.moments(feature).variance);
  const value = (await variance.data())[0]!;
  variance.dispose();
  return Math.sqrt((value * feature.size) / (feature.size - 1));
}

const plain: TrainingContext = {
  noise: () => null,
  dropPathKeep: (batch) => tf.ones([batch]),
  dropout: (shape) => tf.ones(shape),
};

async function checkEval(
  golden: GoldenCase,
  check: Parameters<Runner>[1],
  model: PyramidMamba,
  image: tf.Tensor4D,
): Promise<void> {
  const size = golden.hyper['input_size'] as number;
  const teacher = model.encode(image);
  const student = model.reconstruct(teacher);
  for (const i of [0, 1, 2]) {
    check.tensor(`out.eval.feat_t${i}.sub`, await subsample(teacher[i]!));
    check.tensor(`out.eval.feat_s${i}.sub`, await subsample(student[i]!));
  }
  check.tensor('out.eval.feat_t_std', await Promise.all(teacher.map(std)));
  check.tensor('out.eval.feat_s_std', await Promise.all(student.map(std)));
  const { maps, scores } = anomalyMap(await cosineLevels(teacher, student), size, size, 4);
  check.tensor('out.eval.anomaly_map', maps[0]!);
  check.tensor('out.eval.image_score', scores);
  const loss = reconstructionLoss(teacher, student, 5);
  check.tensor('out.eval.loss', await loss.data());
  tf.dispose([teacher, student, loss]);
}

async function checkGradients(
  golden: GoldenCase,
  check: Parameters<Runner>[1],
  model: PyramidMamba,
  grads: Map<string, tf.Tensor>,
): Promise<void> {
  const names = golden.hyper['grad_names'] as string[];
  const zero = new Set(golden.hyper['analytically_zero_grads'] as string[]);
  const norms = golden.tensors.get('out.train.grad_l2')!.data as Float32Array;
  const firsts = golden.tensors.get('out.train.grad_first4')!.data as Float32Array;
  for (const [i, name] of names.entries()) {
    const grad = grads.get(name);
    if (!grad) {
      check.fail(`grad ${name}`, 'there is no such parameter');
      continue;
    }
    const { data } = await model.toHost(name, grad);
    const norm = Math.sqrt(data.reduce((s, x) => s + x * x, 0));
    const want = norms[i]!;
    if (zero.has(name) || want < 1e-4) check.value(`grad_l2 ${name}`, norm, want, GRADIENT_TOLERANCE);
    else {
      check.numbers(`grad_l2 ${name}`, [norm], [want], GRADIENT_TOLERANCE);
      // single entries are compared relative to the gradient's norm: one may be small by cancellation
      const root = want / Math.sqrt(data.length);
      for (let j = 0; j < Math.min(4, data.length); j++)
        check.value(
          `grad_first4 ${name}`,
          (data[j]! - firsts[4 * i + j]!) / Math.max(root, Math.abs(firsts[4 * i + j]!)),
          0,
          2e-2,
        );
    }
  }
}

/** Encoder to anomaly map in eval mode, then training steps: losses, gradients, running statistics. */
export const endToEnd: Runner = async (golden, check) => {
  const { hyper } = golden;
  const [size, batch, steps] = [hyper['input_size'], hyper['batch'], hyper['steps']] as [
    number,
    number,
    number,
  ];
  const model = await build(golden);
  const images = tf.tidy(() => {
    const data = uniform(hyper['key_salt'] as string, 'input', batch * 3 * size * size, -2, 2);
    return tf.transpose(tf.tensor(data, [batch, 3, size, size]), [0, 2, 3, 1]) as tf.Tensor4D;
  });
  const one = tf.slice(images, [0, 0, 0, 0], [1, size, size, 3]);
  await checkEval(golden, check, model, one);

  const features: Features = model.encode(images);
  const optimizer = new Optimizer(model.trainable(), {
    optimizer: 'adamw',
    weightDecay: hyper['weight_decay'] as number,
    betas: [0.9, 0.999],
    eps: 1e-8,
    clipNorm: hyper['clip_grad_norm'] as number,
  });
  const losses: number[] = [];
  const norms: number[] = [];
  for (let step = 0; step < steps; step++) {
    const { loss, grads } = lossAndGradients(model, features, plain, 5);
    losses.push((await loss.data())[0]!);
    if (step === 0) await checkGradients(golden, check, model, grads);
    norms.push((await optimizer.step(grads, hyper['lr'] as number)).gradNorm);
    tf.dispose([loss, ...grads.values()]);
  }
  const rebuilt = model.reconstruct(features, plain);
  const last = reconstructionLoss(features, rebuilt, 5);
  losses.push((await last.data())[0]!);
  // the last forward pass updates the running statistics too
  check.tensor('out.train.bn1_running_mean', await model.buffers().get('mff_oce.bn1.running_mean')!.data());
  check.tensor('out.train.bn1_running_var', await model.buffers().get('mff_oce.bn1.running_var')!.data());
  check.tensor('out.train.losses', losses);
  check.tensor('out.train.grad_norms', norms);
  tf.dispose([images, one, features, rebuilt, last]);
  optimizer.dispose();
  model.dispose();
};
