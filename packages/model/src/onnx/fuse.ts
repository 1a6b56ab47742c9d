import { cells } from '../inference/pictureMap.js';
import type { Graph, Value } from './graph.js';
import { axisMatrix, separable, type Matrix, type Resize } from './maps.js';
import type { Frame, LevelValue } from './types.js';

/** A small map resized, smoothed by a Gaussian of `sigma` pixels and cut to the picture, as `pictureMap` does: (b, height, width). */
export function levelMap(
  graph: Graph,
  level: LevelValue,
  { input, picture }: Frame,
  resize: Resize,
  sigma: number,
): Value {
  const axis = (count: number, pixels: number, start: number, length: number): Matrix =>
    axisMatrix({
      resize,
      cells: count,
      pixels,
      sigma,
      start,
      length,
      from: cells(count, pixels, start, length),
    });
  const rows = axis(level.height, input.height, picture.top, picture.height);
  const columns = axis(level.width, input.width, picture.left, picture.width);
  return separable(graph, level.value, rows, columns);
}

/** The maximum of each map, (b, …) to (b). */
export const largest = (graph: Graph, map: Value): Value =>
  graph.op('ReduceMax', [map, graph.list(1, 2)], { keepdims: 0 });
