// TensorFlow in Node: finds tfjs-node, loads it and makes it the backend.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorflowBackend } from './backend.js';
import { tensorflowFolder } from './folder.js';
import { registerTensorflowKernels } from './registerAll.js';

/** In the order in which they are tried. */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

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

export interface TensorflowOptions {
  /** What `npm run tensorflow:enable` built. Default: tensorflowFolder(). */
  folder?: string;
  /** Look nowhere else. Default false: packages installed beside this one or in the current folder come first. */
  folderOnly?: boolean;
}

interface Found {
  name: string;
  path: string;
  require: NodeJS.Require;
}

/** Every tfjs-node that can be resolved, installed ones first. */
function candidates({ folder = tensorflowFolder(), folderOnly = false }: TensorflowOptions): Found[] {
  const bases = [join(folder, 'package.json')];
  if (!folderOnly) bases.unshift(import.meta.url, join(process.cwd(), 'package.json'));
  const found = new Map<string, Found>();
  for (const base of bases) {
    const require = createRequire(base);
    for (const name of PACKAGES) {
      try {
        const path = require.resolve(name);
        if (!found.has(path)) found.set(path, { name, path, require });
      } catch {
        // not there: the next one
      }
    }
  }
  return [...found.values()];
}

/** Whether there is a tfjs-node to try, which need not load. */
export function isTensorflowInstalled(options: TensorflowOptions = {}): boolean {
  return candidates(options).length > 0;
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
 * Loads `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`, the first that can be, registers the kernels and makes it the
 * backend of all tensors, `tensorflow`. Calling it again does no harm.
 *
 * @throws Error in one sentence when there is none, or none loads
 */
export async function startTensorflow(options: TensorflowOptions = {}): Promise<TensorflowInfo> {
  const found = candidates(options);
  if (found.length === 0)
    throw new Error(
      `tensorflow: neither ${PACKAGES.join(' nor ')} is installed; \`npm run tensorflow:enable\` gets one, or use another backend.`,
    );
  const reasons: string[] = [];
  for (const { name, path, require } of found) {
    try {
      quietly(() => void require(path));
    } catch (error) {
      reasons.push(`${name} in ${path}: ${(error as Error).message.split('\n')[0]!.trim()}`);
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
      '`npm run tensorflow:enable` builds it anew, or use another backend.',
  );
}
