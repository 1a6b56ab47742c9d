/** Pixel-level curves of a class, for reports: (x, y) corner points, thinned. */
export interface ClassCurves {
  /** False positive rate, true positive rate. */
  roc: [number, number][];
  /** Recall, precision. */
  pr: [number, number][];
  /** False positive rate up to AU-PRO's limit, mean overlap of the regions. */
  pro: [number, number][];
}
