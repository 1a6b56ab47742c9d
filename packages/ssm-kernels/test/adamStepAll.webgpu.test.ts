import { adamStepAllConformance } from './adamStepAll.conformance.js';
import { onWebGpu } from './webgpuKit.js';

await onWebGpu(() => adamStepAllConformance('webgpu'));
