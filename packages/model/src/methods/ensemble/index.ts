export {
  isStretched,
  memberConfigs,
  type EnsembleConfig,
  type EnsembleMapConfig,
  type MemberMap,
} from './config.js';
export { Ensemble } from './model.js';
export { type ClassScale } from './scales.js';
