// The command line as one file, for tests that start it as a process many times.
import { copyFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const package_ = fileURLToPath(new URL('../..', import.meta.url));
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Where this process's bundle lies: `start` is the script that Node runs. Nothing is written yet. */
export function commandBundle(): { start: string; remove: () => void } {
  // below node_modules, where what is not bundled is found, and nothing that reads the repository looks
  const folder = join(package_, `node_modules/.bundle-${process.pid}`);
  return {
    start: join(folder, 'dist/start.cjs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Bundles the command line with all that is not native code, as the published one. */
export async function bundle(start: string): Promise<void> {
  const dist = dirname(start);
  await build({
    entryPoints: [here('command.ts')],
    outfile: join(dist, 'command.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    conditions: ['@pyramid-mamba/source'],
    mainFields: ['module', 'main'],
    // a script of the code cache cannot import, but require
    supported: { 'dynamic-import': false },
    logLevel: 'error',
    external: [
      'sharp',
      'webgpu',
      'koffi',
      'node-fetch',
      '@tensorflow/tfjs-node',
      '@tensorflow/tfjs-node-gpu',
    ],
    define: { 'import.meta.url': '__url' },
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
  });
  copyFileSync(here('start.cjs'), start);
  copyFileSync(join(package_, 'package.json'), join(dist, '../package.json'));
  const wasm = 'tfjs-backend-wasm-simd.wasm';
  copyFileSync(join(package_, 'node_modules/@tensorflow/tfjs-backend-wasm/wasm-out', wasm), join(dist, wasm));
}
