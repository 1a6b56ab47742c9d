export { pyramidScan, type PyramidScanOptions } from './pyramidScan.js';
export { selectiveScan, selectiveScanWithState, type SelectiveScanOptions } from './selectiveScan.js';
export { DIRECTIONS } from './regions.js';
