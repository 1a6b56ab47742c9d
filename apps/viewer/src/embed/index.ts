export { openInspector, type Inspector, type InspectorOptions } from './inspector.js';
export { PyramidMambaInspector, type VerdictDetail } from './element.js';
export type { Areas, Polygon } from '@pyramid-mamba/inspect';
export type { Judgement, ModelCard, Picture } from '../engine/engine.js';
import './element.js';
