import type { Rect, Size } from '../inference/input.js';
import type { Graph, Value } from './graph.js';
import type { Weights } from './layers.js';

/** A map of a batch as a value of a graph: (b, channels, height, width). */
export interface MapValue extends Size {
  readonly value: Value;
  readonly channels: number;
}

/** A small map of one value per pixel: (b, height, width). */
export interface LevelValue extends Size {
  readonly value: Value;
}

/** An encoder as nodes of ONNX. */
export interface EncoderGraph<C = unknown> {
  /** Preprocessed RGB, NCHW, to the encoder's features, fine to coarse. @param weights the encoder's */
  encode(graph: Graph, config: C, weights: Weights, images: MapValue): MapValue[];
  /** What products are told apart by, (b, values), from the features. */
  prototype(graph: Graph, features: readonly MapValue[]): Value;
}

/** Where the picture is in the input of the network. */
export interface Frame {
  readonly input: Size;
  readonly picture: Rect;
}

/** What a method's nodes read of pictures. */
export interface Seen {
  /** Preprocessed RGB, NCHW, of the input's size. */
  readonly images: MapValue;
  readonly features: readonly MapValue[];
  /** See `EncoderGraph.prototype`. */
  readonly prototype: Value;
}

/** A method as nodes of ONNX: the same two functions as `Detector.levels` and `Method.fuse`. */
export interface MethodGraph<C extends { readonly map: unknown } = { readonly map: never }> {
  /** The small maps of the features. @param weights the detector's `stateDict` */
  levels(graph: Graph, config: C, weights: Weights, seen: Seen): LevelValue[] | Promise<LevelValue[]>;
  /** The picture's map, (b, height, width), and its score, (b). */
  fuse(
    graph: Graph,
    map: C['map'],
    levels: readonly LevelValue[],
    frame: Frame,
  ): { readonly map: Value; readonly score: Value };
}
