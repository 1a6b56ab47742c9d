/** A small map of a picture, row-major, from which a method makes its anomaly map. */
export interface LevelMap {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}
