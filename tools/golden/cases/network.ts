import * as tf from '@tensorflow/tfjs-core';
import {
  BasicBlock,
  Bottleneck,
  Css,
  Decoder,
  HssBlock,
  Mff,
  PatchExpand,
  Pss,
  Ss2d,
  type Features,
} from '@pyramid-mamba/model';
import type { ScanDirections, ScanGeometry, ScanOrder } from '@pyramid-mamba/ssm-kernels';
import type { GoldenCase } from '../directory.ts';
import { checkModule } from '../modules.ts';
import type { Runner } from '../caseRunner.ts';

const number = (golden: GoldenCase, key: string): number => golden.hyper[key] as number;
const first = (x: tf.Tensor[]): tf.Tensor4D => x[0] as tf.Tensor4D;
/** `levels` 0: the whole map; 1: and its quadrants; 2: the authors' cascade. MambaAD's cases have none and scan the whole map. */
const gridsOf = ({ hyper }: GoldenCase): number[] =>
  hyper['levels'] === 0 || hyper['scan_type'] !== undefined ? [1] : [1, 2];
/** MambaAD's curve and its number of directions. */
const geometryOf = ({ hyper }: GoldenCase): Partial<ScanGeometry> =>
  hyper['scan_type'] === undefined
    ? {}
    : {
        scanOrder: hyper['scan_type'] as ScanOrder,
        directions: hyper['num_direction'] as ScanDirections,
      };

/**
 * The third level of the authors' code, which it runs only for maps wider than 64: the second level's outputs are cut and scanned
 * again, with projections computed from them, and the three levels are averaged. Not in our networks.
 */
function cascade(module: Pss, u: tf.Tensor4D): tf.Tensor4D {
  const [whole, quadrants] = [module.apply(u, [1]), module.apply(u, [2])];
  return tf.div(tf.addN([whole, quadrants, module.apply(quadrants, [4])]), 3);
}

export const pss: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new Pss(scope, {
      dInner: number(golden, 'd_inner'),
      dState: number(golden, 'N'),
      dtRank: number(golden, 'dt_rank'),
      grids: gridsOf(golden),
    });
    return (x) => (golden.hyper['levels'] === 2 ? cascade(module, first(x)) : module.apply(first(x)));
  });

export const ss2d: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const channels = number(golden, 'd_model');
    const module = new Ss2d(scope, {
      channels,
      dState: number(golden, 'd_state'),
      grids: gridsOf(golden),
      ...geometryOf(golden),
    });
    return (x) => module.apply(first(x));
  });

export const hssBlock: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new HssBlock(scope, {
      channels: number(golden, 'hidden_dim'),
      dState: number(golden, 'd_state'),
      grids: gridsOf(golden),
      ...geometryOf(golden),
      dropPath: number(golden, 'drop_path'),
    });
    return (x, training) => module.apply(first(x), training);
  });

export const css: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new Css(scope, {
      channels: number(golden, 'hidden_dim'),
      dState: number(golden, 'd_state'),
      blocks: number(golden, 'depth'),
      grids: gridsOf(golden),
      ...geometryOf(golden),
      dropPath: 0,
      pss: true,
      lec: true,
    });
    return (x, training) => module.apply(first(x), training);
  });

export const patchExpand: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new PatchExpand(scope, number(golden, 'in_channels'));
    return (x) => module.apply(first(x));
  });

export const mff: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new Mff(scope, {
      channels: golden.hyper['channels'] as [number, number, number],
      bottlenecks: number(golden, 'bottlenecks'),
      bottleneckWidth: number(golden, 'bottleneck_width'),
      outputs: number(golden, 'out_channels'),
    });
    return (x, training) => module.apply(x as Features, training);
  });

export const basicBlock: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new BasicBlock(
      scope,
      number(golden, 'inplanes'),
      number(golden, 'planes'),
      number(golden, 'stride'),
    );
    return (x, training) => module.apply(first(x), training !== undefined);
  });

export const bottleneck: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const width = number(golden, 'planes');
    const outputs = width * number(golden, 'expansion');
    const module = new Bottleneck(
      scope,
      number(golden, 'inplanes'),
      width,
      outputs,
      number(golden, 'stride'),
    );
    return (x, training) => module.apply(first(x), training !== undefined);
  });

export const decoder: Runner = (golden, check) =>
  checkModule(golden, check, (scope) => {
    const module = new Decoder(scope, {
      dims: golden.hyper['dims'] as number[],
      depths: golden.hyper['depths'] as number[],
      dState: number(golden, 'ds'),
      dropPath: number(golden, 'drop_path_rate'),
      grids: gridsOf(golden),
      ...geometryOf(golden),
      pss: true,
      lec: true,
    });
    return (x, training) => module.apply(first(x), training);
  });
