// The rows of a map in the order in which a direction visits its pixels. `order` are pixels, 32-bit; rows of the map are `stride` floats apart, those in order are
// contiguous.

import { copy, floats } from '../maths/lanes';

/** target[i] = map[order[i]] */
export function gatherRows(
  map: usize,
  stride: i32,
  order: usize,
  target: usize,
  rows: i32,
  width: i32,
): void {
  for (let r = 0; r < rows; r++) {
    copy(target, map + floats(load<i32>(order + floats(r)) * stride), width);
    target += floats(width);
  }
}

/** map[order[i]] = source[i] */
export function scatterRows(
  source: usize,
  order: usize,
  map: usize,
  stride: i32,
  rows: i32,
  width: i32,
): void {
  for (let r = 0; r < rows; r++) {
    copy(map + floats(load<i32>(order + floats(r)) * stride), source, width);
    source += floats(width);
  }
}
