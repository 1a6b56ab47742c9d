import type { ScanTensors } from '../kernels/signatures.js';
import { DIRECTIONS } from './regions.js';

/** Memory layout of one scan. Offsets and strides are in elements; a pixel is a position in the sequence or the map. */
export interface ScanView {
  readonly channels: number;
  readonly states: number;
  /** u, y, du: element d of pixel p is at uOffset + p·channels + d. */
  readonly uOffset: number;
  /** delta, ddelta: at deltaOffset + p·deltaStride + d. */
  readonly deltaOffset: number;
  readonly deltaStride: number;
  /** B, C: element n of pixel p, for a channel of group g, at bcOffset + p·bcStride + g·states + n. */
  readonly bcOffset: number;
  readonly bcStride: number;
  readonly channelsPerGroup: number;
  /** A: element (d, n) at aOffset + d·states + n. */
  readonly aOffset: number;
  /** D and deltaBias: element d at dOffset + d. */
  readonly dOffset: number;
  readonly deltaSoftplus: boolean;
}

/** Sizes of a selectiveScan in the kernels' layout: u, delta (b, l, d); B, C (b, l, g, n); A (d, n); D, deltaBias (d). */
export interface SelectiveScanSizes {
  readonly batch: number;
  readonly length: number;
  readonly channels: number;
  readonly groups: number;
  readonly states: number;
}

/** Sizes of a pyramidScan: u (b, h, w, d); delta (b, h, w, k, d); B, C (b, h, w, k, n); A (k, d, n); D, deltaBias (k, d). */
export interface PyramidScanSizes {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly states: number;
  /** k; absent means 4. */
  readonly directions?: number;
}

/** The sizes that the tensors of a selectiveScan kernel imply. */
export function selectiveScanSizes({ u, A, B }: ScanTensors): SelectiveScanSizes {
  const [batch, length, channels] = u.shape as [number, number, number];
  return { batch, length, channels, groups: B.shape[2]!, states: A.shape[1]! };
}

/** The sizes that the tensors of a pyramidScan kernel imply. */
export function pyramidScanSizes({ u, A }: ScanTensors): PyramidScanSizes {
  const [batch, height, width, channels] = u.shape as [number, number, number, number];
  return { batch, height, width, channels, states: A.shape[2]!, directions: A.shape[0]! };
}

export function selectiveScanView(s: SelectiveScanSizes, b: number, deltaSoftplus: boolean): ScanView {
  return {
    channels: s.channels,
    states: s.states,
    uOffset: b * s.length * s.channels,
    deltaOffset: b * s.length * s.channels,
    deltaStride: s.channels,
    bcOffset: b * s.length * s.groups * s.states,
    bcStride: s.groups * s.states,
    channelsPerGroup: s.channels / s.groups,
    aOffset: 0,
    dOffset: 0,
    deltaSoftplus,
  };
}

export function pyramidScanView(s: PyramidScanSizes, b: number, k: number, deltaSoftplus: boolean): ScanView {
  const pixels = s.height * s.width;
  const { directions = DIRECTIONS } = s;
  return {
    channels: s.channels,
    states: s.states,
    uOffset: b * pixels * s.channels,
    deltaOffset: (b * pixels * directions + k) * s.channels,
    deltaStride: directions * s.channels,
    bcOffset: (b * pixels * directions + k) * s.states,
    bcStride: directions * s.states,
    channelsPerGroup: s.channels,
    aOffset: k * s.channels * s.states,
    dOffset: k * s.channels,
    deltaSoftplus,
  };
}
