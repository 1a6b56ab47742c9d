import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

/**
 * What the built page may do: scripts, workers and pictures of its own server alone, no other request; 'wasm-unsafe-eval' lets
 * the engine's WebAssembly run. The development server, which puts styles into the page's text, goes without.
 */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; img-src 'self' blob: data:; " +
  "media-src 'self' blob:; connect-src 'self' blob: data:; font-src 'self'; base-uri 'none'; form-action 'none'";

const contentSecurityPolicy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
      injectTo: 'head-prepend',
    },
  ],
};

export default defineConfig({
  plugins: [contentSecurityPolicy],
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
