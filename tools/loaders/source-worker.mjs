// A worker that runs from TypeScript source (development and tests). Its last argument names the module in apps/trainer/src. Compiling
// it takes each worker five seconds of a processor, so that a test run bundles it once (apps/trainer/test/bundled.ts); otherwise it
// registers the loaders, because a worker does not inherit them from --import.
import { existsSync } from 'node:fs';

const name = process.argv.at(-1);
const run = process.env.PYRAMID_MAMBA_TEST_RUN;
const bundle = new URL(`../../node_modules/.cache/test-run-${run}/command`, import.meta.url);
if (run !== undefined && existsSync(new URL(`${bundle.href}.done`))) {
  await import(`${bundle.href}/dist/${name}.js`);
} else {
  await import('./tfjs-esm-hook.mjs');
  const { register } = await import('tsx/esm/api');
  register();
  await import(`../../apps/trainer/src/${name}.ts`);
}
