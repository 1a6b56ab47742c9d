import type { OrderedScanAttrs, PyramidScanAttrs } from './signatures.js';

/** Whether a scan has another geometry than four sweeps, which have kernels of their own. */
export const isOrdered = (attrs: PyramidScanAttrs | OrderedScanAttrs): attrs is OrderedScanAttrs =>
  'scanOrder' in attrs;
