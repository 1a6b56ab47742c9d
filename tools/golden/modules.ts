import * as tf from '@tensorflow/tfjs-core';
import {
  hostSource,
  ParameterStore,
  toTorch,
  type HostTensor,
  type ParameterScope,
  type TrainingContext,
} from '@pyramid-mamba/model';
import type { Check } from './check.ts';
import type { GoldenCase } from './directory.ts';

/** A tensor of the case, converted from NCHW to NHWC if its layout requires it. */
export function input(golden: GoldenCase, name: string): tf.Tensor {
  const host = golden.tensors.get(name);
  if (!host) throw new Error(`the case has no tensor ${name}`);
  const tensor = tf.tensor(host.data as Float32Array, host.shape, 'float32');
  return golden.layouts.get(name)?.startsWith('NCHW') ? tf.transpose(tensor, [0, 2, 3, 1]) : tensor;
}

/** Our tensor in the layout of the case's tensor of that name. */
function likeReference(golden: GoldenCase, name: string, tensor: tf.Tensor): tf.Tensor {
  const layout = golden.layouts.get(name) ?? '';
  const channelsFirst = layout.startsWith('NCHW') || layout.startsWith('B,d_inner');
  return channelsFirst && tensor.rank === 4 ? tf.transpose(tensor, [0, 3, 1, 2]) : tf.clone(tensor);
}

/** The case's noise and drop path mask, in training mode; undefined in eval mode. */
export function trainingContext(golden: GoldenCase): TrainingContext | undefined {
  if (golden.hyper['train_mode'] !== true) return undefined;
  const { layouts } = golden;
  let masks = 0;
  return {
    dropout: (shape) => {
      const mask = golden.tensors.get(`aux.keep${masks++}`);
      return mask ? tf.tensor(mask.data as Float32Array, mask.shape) : tf.ones(shape);
    },
    noise: () => {
      const noise = golden.tensors.get('aux.noise');
      if (!noise) return null;
      const tensor = tf.tensor(noise.data as Float32Array, noise.shape);
      return layouts.get('aux.noise') === 'NHWC' ? tensor : tf.transpose(tensor, [0, 2, 3, 1]);
    },
    dropPathKeep: (batch) => {
      const mask = golden.tensors.get('aux.keep_mask');
      return mask ? tf.tensor1d(mask.data as Float32Array) : tf.ones([batch]);
    },
  };
}

/** The case's parameters and running statistics under their state-dict names. */
export function stateOf(golden: GoldenCase): Map<string, HostTensor> {
  const state = new Map<string, HostTensor>();
  for (const [name, tensor] of golden.tensors) {
    const match = /^(?:param|buffer)\.(.*)$/.exec(name);
    if (match) state.set(match[1]!, tensor);
  }
  return state;
}

type Apply = (inputs: tf.Tensor[], training: TrainingContext | undefined) => tf.Tensor | tf.Tensor[];

/**
 * Builds a module from the case's parameters, runs it on the case's inputs and compares everything in the case: outputs,
 * gradients of inputs and parameters under the given upstream gradients, running statistics afterwards.
 */
export async function checkModule(
  golden: GoldenCase,
  check: Check,
  build: (scope: ParameterScope) => Apply,
): Promise<void> {
  const store = new ParameterStore(hostSource(stateOf(golden), golden.name));
  const apply = build(store.scope(''));
  const names = (prefix: string): string[] =>
    [...golden.tensors.keys()].filter((n) => n.startsWith(prefix)).sort();
  const inputNames = names('in.');
  const inputs = tf.tidy(() => inputNames.map((name) => tf.variable(input(golden, name))));
  const params = [...store.trainable].map(([name, p]) => ({ name, ...p }));
  const outputNames = names('out.');
  const results = new Map<string, tf.Tensor>();
  tf.tidy(() => {
    const run = (): tf.Tensor[] => {
      const result = apply(inputs, trainingContext(golden));
      const outputs = Array.isArray(result) ? result : [result];
      // kept explicitly: a gradient function's tensors are disposed when it returns
      outputs.forEach((y, i) => {
        const name = outputNames[i]!;
        results.set(name, tf.keep(likeReference(golden, name, y)));
      });
      return outputs;
    };
    const upstream = names('grad_out.').map((name) => input(golden, name));
    if (upstream.length === 0) run();
    else {
      const variables = [...inputs, ...params.map((p) => p.variable)];
      const { grads } = tf.variableGrads(() => {
        const terms = run().map((y, i) =>
          tf.sum(tf.mul(tf.reshape(toMap(y, upstream[i]!), upstream[i]!.shape), upstream[i]!)),
        );
        return tf.addN(terms) as tf.Scalar;
      }, variables);
      inputNames.forEach((name, i) => {
        const target = `grad_${name}`;
        results.set(target, tf.keep(likeReference(golden, target, grads[inputs[i]!.name]!)));
      });
      for (const { name, variable } of params)
        results.set(`grad_param.${name}`, tf.keep(tf.clone(grads[variable.name]!)));
    }
  });
  for (const { name, layout } of params) {
    const grad = results.get(`grad_param.${name}`);
    if (grad) check.tensor(`grad_param.${name}`, await toTorch(grad, layout));
  }
  for (const [name, tensor] of results)
    if (!name.startsWith('grad_param.')) check.tensor(name, await tensor.data());
  for (const [name, { variable }] of store.buffers)
    if (golden.tensors.has(`buffer_after.${name}`))
      check.tensor(`buffer_after.${name}`, await variable.data());
  store.dispose();
  tf.dispose([...results.values(), ...inputs]);
}

/** A map's upstream gradient may be (b, channels, pixels): the map is then converted to that layout. */
function toMap(y: tf.Tensor, upstream: tf.Tensor): tf.Tensor {
  return upstream.rank === 3 && y.rank === 4 ? tf.transpose(y, [0, 3, 1, 2]) : y;
}
