import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { tfjsGradients } from './tools/vite/tfjs-gradients.ts';

const source = '@pyramid-mamba/source';

export default defineConfig({
  plugins: [tfjsGradients()],
  // vitest on Node resolves workspace packages through vite's `ssr` environment
  ssr: { resolve: { conditions: [source, ...defaultServerConditions] } },
  test: {
    environment: 'node',
    include: ['{packages,apps}/*/test/**/*.test.ts', 'tools/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
