// TensorFlow in Node: finds tfjs-node, loads it and makes it the backend.
import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorflowBackend } from '../backend.js';
import { candidates, GPU_PACKAGE, PACKAGES, type CandidateOptions } from './candidates.js';
import { registerTensorflowKernels } from '../register.js';

const require = createRequire(import.meta.url);

export interface TensorflowInfo {
  /** The npm package that binds TensorFlow. */
  package: string;
  /** The file it was loaded from. */
  path: string;
  /** Of TensorFlow itself. */
  version: string;
  /** Whether TensorFlow computes on a GPU. */
  gpu: boolean;
}

export type TensorflowOptions = CandidateOptions;

/** Whether a tfjs-node is installed; it may still fail to load. */
export function isTensorflowInstalled(options: TensorflowOptions = {}): boolean {
  return candidates(options).length > 0;
}

/** Whether a tfjs-node for GPUs is installed; it may still fail to load. */
export function isGpuTensorflowInstalled(options: TensorflowOptions = {}): boolean {
  return candidates(options).some(({ name, refused }) => name === GPU_PACKAGE && refused === undefined);
}

/** Loads a package that prints warnings about itself: a second copy of tfjs-core, and TensorFlow's notes on the processor. */
function quietly(load: () => void): void {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '1';
  // Node 23 removed it; tfjs-node 4.22 calls it
  const legacy = util as { isNullOrUndefined?: (value: unknown) => boolean };
  legacy.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const production = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    load();
  } finally {
    tf.env().set('PROD', production);
  }
}

/**
 * Loads the first of `@tensorflow/tfjs-node-gpu` and `@tensorflow/tfjs-node` that can be loaded, registers the kernels and makes it
 * the backend of all tensors, `tensorflow`. It loads only a package that is installed with this one, or one in `folder` that no
 * other user can change. Repeated calls are allowed.
 *
 * @throws Error with a one-sentence message if none is installed or none loads
 */
export async function startTensorflow(options: TensorflowOptions = {}): Promise<TensorflowInfo> {
  const found = candidates(options);
  if (found.length === 0)
    throw new Error(
      `tensorflow: neither ${PACKAGES.join(' nor ')} is installed; install one with \`npm install ${PACKAGES[1]}@4.22.0\` (in the repository: \`npm run tensorflow:enable\`), or use another backend.`,
    );
  const reasons: string[] = [];
  for (const { name, path: folder, refused } of found) {
    if (refused !== undefined) {
      reasons.push(`${name} in ${folder}: ${refused}`);
      continue;
    }
    let path: string;
    try {
      // by its folder: a bare name would be searched for in every parent folder
      path = require.resolve(folder);
      quietly(() => void require(path));
    } catch (error) {
      reasons.push(`${name} in ${folder}: ${(error as Error).message.split('\n')[0]!.trim()}`);
      continue;
    }
    if (!(await tf.setBackend('tensorflow')))
      throw new Error(`tensorflow: TensorFlow.js refused the backend of ${path}; use another backend.`);
    await registerTensorflowKernels();
    const { binding, isUsingGpuDevice } = tf.backend() as unknown as TensorflowBackend;
    return { package: name, path, version: binding.TF_Version, gpu: isUsingGpuDevice };
  }
  throw new Error(
    `tensorflow: what is installed does not load (${reasons.join('; ')}); ` +
      '`npm run tensorflow:enable` rebuilds it, or use another backend.',
  );
}
