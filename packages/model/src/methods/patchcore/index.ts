export { approximateAnchors, exactAnchors, kCenterAnchors } from './coreset/anchors.js';
export { bankConfigSchema, type BankConfig } from './config.js';
export { coresetCount, greedyCoreset } from './coreset/greedy.js';
export { embed } from './embedding/embed.js';
export { patchMap, resizeHalfPixel } from './map.js';
export { NeighbourSearch, type Neighbours, type SearchSizes } from './neighbours.js';
export { Rows } from './coreset/rows.js';
export { patchScores, patchWeight } from './score.js';
