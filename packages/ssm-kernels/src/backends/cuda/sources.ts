import { BACKEND, type KernelSource } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { cudaSources } from './generated/kernels.js';

/** One of our sources, with every header of ours and of the backend that it may include. */
function source(file: string): KernelSource {
  const all = { ...BACKEND.sources, ...cudaSources };
  const used = Object.entries(all).filter(([name]) => name.endsWith('.cuh') || name === file);
  return { file, sources: Object.fromEntries(used) };
}

/** The scans. */
export const SCAN = source('scan.cu');
/** Every other op of a network. */
export const TRAINING = source('training.cu');
