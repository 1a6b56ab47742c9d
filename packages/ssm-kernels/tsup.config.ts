import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsup';
import { bundledFiles, writeThirdPartyNotices } from '../../tools/build/thirdParty.js';
import { options } from '../../tsup.base.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig([
  // for bundlers: the deep import stays external, so it shares modules with the app's own tfjs-core
  options({
    entry: {
      index: 'src/index.ts',
      backend: 'src/backend.ts',
      'cpu/index': 'src/backends/cpu/index.ts',
      'wasm/index': 'src/backends/wasm/index.ts',
      'wasm/threads': 'src/backends/wasm/threads/index.ts',
      'wasm/helper': 'src/backends/wasm/threads/helperScript.ts',
      'webgpu/index': 'src/backends/webgpu/index.ts',
      'webgpu/node': 'src/backends/webgpu/node.ts',
      gradients: 'src/gradients.ts',
      'cuda/index': 'src/backends/cuda/index.ts',
      'cuda/tfjs': 'src/backends/cuda/tfjs/index.ts',
      'tensorflow/index': 'src/backends/tensorflow/index.ts',
      'host/index': 'src/host/index.ts',
      'system/index': 'src/system/index.ts',
    },
    external: ['@pyramid-mamba/ssm-kernels/gradients'],
  }),
  // for Node, which cannot load tfjs-core's ESM files: the same code, bundled (registries are global)
  options({
    entry: { 'gradients.node': 'src/gradients.ts' },
    clean: false,
    platform: 'node',
    minify: true,
    sourcemap: false,
    noExternal: [/^@tensorflow\/tfjs-core\/dist\//],
    metafile: true,
    async onSuccess() {
      writeThirdPartyNotices(bundledFiles(at('dist/metafile-esm.json')), at('dist/THIRD-PARTY.txt'));
      await rm(at('dist/metafile-esm.json'));
    },
  }),
]);
