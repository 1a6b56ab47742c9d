import type { KernelSource } from './device/source.js';
import { cudaSources } from './generated/kernels.js';

/** The kernels of TensorFlow.js's own ops. */
export const BACKEND: KernelSource = { file: 'backend.cu', sources: cudaSources };
