// The command line as one file, for tests that start it as a process many times.
import { copyFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';

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

const OPTIONS = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  conditions: ['@pyramid-mamba/source'],
  mainFields: ['module', 'main'],
  logLevel: 'error',
  external: ['sharp', 'webgpu', 'koffi', 'node-fetch', '@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'],
} satisfies BuildOptions;

/** Bundles the command line with all that is not native code, as the published one, and such of its workers. */
export async function bundle(start: string, workers: readonly string[] = []): Promise<void> {
  const dist = dirname(start);
  await build({
    ...OPTIONS,
    entryPoints: [here('command.ts')],
    outfile: join(dist, 'command.cjs'),
    format: 'cjs',
    // a script of the code cache cannot import, but require
    supported: { 'dynamic-import': false },
    define: { 'import.meta.url': '__url' },
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
  });
  const require =
    "import { createRequire as requireFor } from 'node:module';\nconst require = requireFor(import.meta.url);";
  const dirname_ = 'const __dirname = import.meta.dirname;';
  if (workers.length > 0)
    await build({
      ...OPTIONS,
      entryPoints: workers.map((name) => here(`../../src/${name}.ts`)),
      outdir: dist,
      format: 'esm',
      banner: { js: `${require}\n${dirname_}` },
    });
  copyFileSync(here('start.cjs'), start);
  copyFileSync(join(package_, 'package.json'), join(dist, '../package.json'));
  for (const path of [
    '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm',
    // the audit trail's, read where the station's modules load
    'node-sqlite3-wasm/dist/node-sqlite3-wasm.wasm',
  ])
    copyFileSync(join(package_, 'node_modules', path), join(dist, basename(path)));
}
