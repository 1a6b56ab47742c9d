import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';

// one folder up from both src/version.ts and dist/cli.js
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** Version of this command line. */
export const version: string = manifest.version;

/** The versions that a run's results depend on, for its `config.json`. */
export function versions(): Record<string, string> {
  return { 'pyramid-mamba': version, 'tfjs-core': tf.version_core, node: process.version };
}
