import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { findChromium } from './tools/chromium.ts';
import { tfjsGradients } from './tools/vite/tfjs-gradients.ts';

const source = '@pyramid-mamba/source';
const browserTests = '{packages,apps}/*/test/**/*.browser.test.{ts,tsx}';
const chromium = findChromium();

export default defineConfig({
  test: {
    // vitest would leave one processor idle
    maxWorkers: availableParallelism(),
    projects: [
      {
        plugins: [tfjsGradients()],
        // vitest on Node resolves workspace packages through vite's `ssr` environment
        ssr: { resolve: { conditions: [source, ...defaultServerConditions] } },
        test: {
          name: 'node',
          environment: 'node',
          include: ['{packages,apps}/*/test/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: [browserTests, '**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      ...(chromium
        ? [
            {
              plugins: [tfjsGradients()],
              resolve: { conditions: [source, ...defaultClientConditions] },
              // found out while a test runs, they would reload it
              optimizeDeps: { include: ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'] },
              test: {
                name: 'chromium',
                include: [browserTests],
                testTimeout: 120_000,
                hookTimeout: 120_000,
                browser: {
                  enabled: true,
                  headless: true,
                  screenshotFailures: false,
                  provider: playwright({
                    launchOptions: {
                      executablePath: chromium,
                      // SwiftShader computes WebGPU on the CPU; --disable-gpu would take its adapter away
                      args: [
                        '--no-sandbox',
                        '--enable-unsafe-webgpu',
                        '--use-webgpu-adapter=swiftshader',
                        '--disable-quic',
                        '--no-first-run',
                        '--disable-background-networking',
                        '--disable-component-update',
                        '--disable-sync',
                      ],
                    },
                  }),
                  instances: [{ browser: 'chromium' as const }],
                },
              },
            },
          ]
        : []),
    ],
  },
});
