export { tileCount, tiledBytes, tilesCost, type TilesCost } from './estimate.js';
export { trainingParts, type TrainingParts } from './trainingParts.js';
