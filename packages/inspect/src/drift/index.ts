export { appearanceOf, FEATURES, type Appearance, type Feature } from './appearance.js';
export {
  DriftWatch,
  LEARNT_FROM,
  WATCHED,
  type DriftChange,
  type DriftFigure,
  type DriftState,
  type Seen,
  type Watched,
} from './driftWatch.js';
