// The command line and its workers, bundled once a test run as the published ones are: starting from source costs each process
// several seconds. Like the published ones, they find what is not bundled in the package's node_modules.
import { copyFileSync, cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onceARun } from '../../../tools/testRun/once.js';

const package_ = fileURLToPath(new URL('..', import.meta.url));

/** What stays outside of a bundle: native code and optional peers. */
export const EXTERNAL = [
  'sharp',
  'webgpu',
  'koffi',
  // TensorFlow.js asks for it only where there is no `fetch`
  'node-fetch',
  '@tensorflow/tfjs-node',
  '@tensorflow/tfjs-node-gpu',
];

/** The files that a bundle reads from its own folder. */
const BESIDE = [
  '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm',
  'node-sqlite3-wasm/dist/node-sqlite3-wasm.wasm',
];

/** The script that Node runs: `node SCRIPT train …`. */
export async function commandLine(): Promise<string> {
  const folder = await onceARun('command', async (made) => {
    const dist = join(made, 'dist');
    await build({
      absWorkingDir: package_,
      entryPoints: ['cli', 'replicaWorker', 'judgeWorker', 'stationWorker'].map((name) => `src/${name}.ts`),
      outdir: dist,
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: ['@pyramid-mamba/source'],
      mainFields: ['module', 'main'],
      logLevel: 'error',
      external: EXTERNAL,
      banner: {
        js: [
          "import { createRequire as bundleRequire } from 'node:module';",
          "import { fileURLToPath as bundlePath } from 'node:url';",
          "const require = bundleRequire(import.meta.url), __filename = bundlePath(import.meta.url), __dirname = bundlePath(new URL('.', import.meta.url));",
        ].join('\n'),
      },
    });
    copyFileSync(join(package_, 'package.json'), join(made, 'package.json'));
    symlinkSync(join(package_, 'node_modules'), join(made, 'node_modules'), 'junction');
    for (const path of BESIDE)
      copyFileSync(join(package_, 'node_modules', path), join(dist, path.split('/').at(-1)!));
    cpSync(join(package_, '../../packages/encoder-weights/weights'), dist, { recursive: true });
  });
  return join(folder, 'dist/cli.js');
}
