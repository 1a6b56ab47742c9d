export { syntheticClasses, syntheticDefects, syntheticVariants } from './classes.js';
export { syntheticDataset, type SyntheticOptions } from './dataset.js';
export { renderSynthetic, SYNTHETIC_MIN_SIZE, SYNTHETIC_VERSION, type SyntheticRecipe } from './render.js';
