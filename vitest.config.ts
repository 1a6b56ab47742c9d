import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { predict } from './apps/viewer/test/predictCommand.ts';
import { trainQuick } from './apps/viewer/test/trainCommand.ts';
import { findTestBrowser } from './tools/browser/browser.ts';
import { bundledWorkers } from './tools/vite/bundled-workers.ts';
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
/** Tests that replace modules or globals, register methods, measure memory, end workers, or open a device: each has modules of its own, as all of the page's and of tools. */
export const withOwnModules = [
  'apps/trainer/test/autoBackend.test.ts',
  'apps/trainer/test/blank.test.ts',
  'apps/trainer/test/cuda.test.ts',
  'apps/trainer/test/demo.test.ts',
  'apps/trainer/test/featureCache.test.ts',
  'apps/trainer/test/hostileFolder.test.ts',
  'apps/trainer/test/fleet/connection.test.ts',
  'apps/trainer/test/neverOk.test.ts',
  'apps/trainer/test/quick.test.ts',
  'apps/trainer/test/serve/brokenEngine.test.ts',
  'apps/trainer/test/serve/clock.test.ts',
  'apps/trainer/test/hub.test.ts',
  'apps/trainer/test/learn.test.ts',
  'apps/trainer/test/serve/mqtt.test.ts',
  'apps/trainer/test/staged.test.ts',
  'apps/trainer/test/wasmThreads.test.ts',
  'apps/trainer/test/webgpu.test.ts',
  'apps/trainer/test/weightsFetch.test.ts',
  'packages/data/test/files.test.ts',
  'packages/data/test/sharp.test.ts',
  'packages/data/test/streaming.test.ts',
  'packages/model/test/cuda.test.ts',
  'packages/model/test/methods/destsegLosses.test.ts',
  'packages/model/test/webgpu.test.ts',
  'packages/runs/test/servedFiles.test.ts',
];
export const foldersWithOwnModules = [
  'apps/trainer/test/faults/',
  'packages/model/test/registry/',
  'packages/model/test/training/',
  'packages/projects/test/',
  'packages/ssm-kernels/test/',
  'packages/tfjs-backend-cuda/test/',
];
const ownModules = [
  'apps/viewer/test/**/*.test.ts',
  'tools/**/*.test.ts',
  ...foldersWithOwnModules.map((folder) => `${folder}**/*.test.ts`),
  ...withOwnModules,
];
/** A busy machine may take more than vitest's second for what a test waits for. */
const polls = { expect: { poll: { timeout: 20_000 } } };
/** Of the weights of whole networks, which many tests compare. */
const EQUALITY = 'tools/testRun/equality.ts';
const onNode = {
  globalSetup: ['tools/testRun/run.ts'],
  environment: 'node' as const,
  setupFiles: [
    EQUALITY,
    'apps/trainer/test/setup.ts',
    ...(process.env['LONG_MEMORY'] === undefined ? [] : ['tools/long/memory.ts']),
  ],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  ...polls,
};
// vitest on Node resolves workspace packages through vite's `ssr` environment
const ssr = { resolve: { conditions: [source, ...defaultServerConditions] } };
if (leftOut.length > 0) console.warn(`SKIPPED in ${browser?.name}, WebGPU: ${leftOut.join(', ')}`);

export default defineConfig({
  test: {
    // vitest would leave one processor idle
    maxWorkers: availableParallelism(),
    projects: [
      {
        plugins: [tfjsGradients()],
        ssr,
        test: {
          ...onNode,
          name: 'node',
          include: ownModules,
          exclude: [browserTests, '**/node_modules/**'],
        },
      },
      {
        plugins: [tfjsGradients()],
        ssr,
        test: {
          ...onNode,
          name: 'node-shared',
          include: ['packages/*/test/**/*.test.ts', 'apps/trainer/test/**/*.test.ts'],
          exclude: [...ownModules, browserTests, '**/node_modules/**'],
          // a worker keeps the modules that it has loaded, which takes a quarter of the time away: these tests change nothing in them
          // (tools/repository/sharedModules.test.ts); memory is measured a file
          isolate: process.env['LONG_MEMORY'] !== undefined,
        },
      },
      ...(browser
        ? [
            {
              plugins: [tfjsGradients(), bundledWorkers()],
              resolve: { conditions: [source, ...defaultClientConditions] },
              // discovered during a test, they would reload the page
              optimizeDeps: { include: ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'] },
              test: {
                name: browser.name,
                setupFiles: [EQUALITY],
                include: [browserTests],
                exclude: [...leftOut, '**/node_modules/**'],
                env: { FUZZ: process.env['FUZZ'] ?? '' },
                testTimeout: 120_000,
                hookTimeout: 120_000,
                ...polls,
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
