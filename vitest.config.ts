import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { predict } from './apps/viewer/test/predictCommand.ts';
import { trainQuick } from './apps/viewer/test/trainCommand.ts';
import { findTestBrowser } from './tools/browser/browser.ts';
import { tfjsGradients } from './tools/vite/tfjs-gradients.ts';

const source = '@pyramid-mamba/source';
const browserTests = '{packages,apps}/*/test/**/*.browser.test.{ts,tsx}';
const browser = findTestBrowser();
/** Only the tests' Chromium has a WebGPU adapter on every machine. */
const webGpuTests = [
  'packages/ssm-kernels/test/webgpu.browser.test.ts',
  'packages/model/test/model.browser.test.ts',
  'apps/viewer/test/lostDevice.browser.test.ts',
];
const leftOut = browser === undefined || browser.name === 'chromium' ? [] : webGpuTests;
if (leftOut.length > 0) console.warn(`SKIPPED in ${browser?.name}, WebGPU: ${leftOut.join(', ')}`);

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
          setupFiles: process.env['LONG_MEMORY'] === undefined ? [] : ['tools/long/memory.ts'],
          include: ['{packages,apps}/*/test/**/*.test.ts', 'tools/**/*.test.ts'],
          exclude: [browserTests, '**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      ...(browser
        ? [
            {
              plugins: [tfjsGradients()],
              resolve: { conditions: [source, ...defaultClientConditions] },
              // discovered during a test, they would reload the page
              optimizeDeps: { include: ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'] },
              test: {
                name: browser.name,
                include: [browserTests],
                exclude: [...leftOut, '**/node_modules/**'],
                env: { FUZZ: process.env['FUZZ'] ?? '' },
                testTimeout: 120_000,
                hookTimeout: 120_000,
                browser: {
                  enabled: true,
                  headless: true,
                  screenshotFailures: false,
                  commands: { predict, trainQuick },
                  provider: playwright({ launchOptions: browser.launchOptions }),
                  instances: [{ browser: browser.name }],
                },
              },
            },
          ]
        : []),
    ],
  },
});
