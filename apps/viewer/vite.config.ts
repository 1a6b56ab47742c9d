import { defaultClientConditions, defineConfig } from 'vite';
import { contentSecurityPolicy } from './build/contentSecurityPolicy.js';
import { offline } from './build/offline.js';
import { thirdParty } from './build/thirdParty.js';

const licences = thirdParty();

export default defineConfig({
  // the page runs from any folder of any static host
  base: './',
  resolve: {
    // workspace packages are bundled from their sources: one copy of tfjs, nothing to build first but the kernels
    conditions: ['@pyramid-mamba/source', ...defaultClientConditions],
    dedupe: ['@tensorflow/tfjs-core'],
  },
  plugins: [contentSecurityPolicy(), offline(), licences.page],
  worker: { format: 'es', plugins: () => [licences.worker] },
  // strict Content-Security-Policy: no script, style or picture inside the page's own text
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        index: 'index.html',
        embed: 'embed.html',
        inspector: 'src/embed/index.ts',
        sw: 'src/offline/serviceWorker.ts',
      },
      // what inspector.js exports is for other pages
      preserveEntrySignatures: 'exports-only',
      output: {
        // whatever chunk has schemas, zod is told first that it may not compile code
        codeSplitting: { groups: [{ name: 'zod', test: /[\\/]node_modules[\\/]zod[\\/]|withoutEval\.ts$/ }] },
        // other pages name these two, so their names must not change with their contents
        entryFileNames: ({ name }) =>
          name === 'inspector' || name === 'sw' ? `${name}.js` : 'assets/[name]-[hash].js',
      },
    },
  },
});
