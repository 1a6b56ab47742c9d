import { defaultClientConditions, defineConfig } from 'vite';

export default defineConfig({
  // the page runs from any folder of any static host
  base: './',
  resolve: {
    // workspace packages are bundled from their sources: one copy of tfjs, nothing to build first but the kernels
    conditions: ['@pyramid-mamba/source', ...defaultClientConditions],
    dedupe: ['@tensorflow/tfjs-core'],
  },
  worker: { format: 'es' },
  // strict Content-Security-Policy: no script, style or picture inside the page's own text
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
