// npm run golden -- DIR [--backend cpu|wasm|webgpu|cuda|cuda-emulation|tensorflow] [--only TEXT] [--except TEXT]: runs every case of a directory of golden vectors.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { registerCpuKernels } from '@pyramid-mamba/ssm-kernels/cpu';
import { allowRelaxedSimd } from '@pyramid-mamba/ssm-kernels/system';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import { startCuda } from '@pyramid-mamba/ssm-kernels/cuda/tfjs';
import { startTensorflow } from '@pyramid-mamba/ssm-kernels/tensorflow';
import { startWebGpuInNode } from '@pyramid-mamba/ssm-kernels/webgpu/node';
import { buildEmulation } from '../cuda/emulation/build.ts';
import { nameSwiftShader } from '../browser/swiftShader.ts';
import { openDirectory } from './directory.ts';
import { runCase } from './runner.ts';

const usage =
  'usage: npm run golden -- DIR [--backend cpu|wasm|webgpu|cuda|cuda-emulation|tensorflow] [--only TEXT] [--except TEXT]';

function fail(message: string): never {
  console.error(`golden: ${message}\n${usage}`);
  process.exit(2);
}

function arguments_(): { directory: string; backend: string; only: string; except: string | undefined } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        backend: { type: 'string', default: 'wasm' },
        only: { type: 'string', default: '' },
        except: { type: 'string' },
      },
    });
    if (positionals.length !== 1) fail('pass one directory of golden vectors.');
    return { directory: positionals[0]!, backend: values.backend, only: values.only, except: values.except };
  } catch (error) {
    return fail((error as Error).message);
  }
}

/** CUDA on a GPU, or emulated with kernels built by a C++ compiler. */
async function startCudaFor(emulated: boolean): Promise<string> {
  const emulation = emulated ? buildEmulation() : undefined;
  if (emulation && 'reason' in emulation) throw new Error(emulation.reason);
  const library = emulation?.library;
  const info = await startCuda(library ? { driver: library, compiler: library, cache: null } : {});
  return `${info.name}, kernels for ${info.target}`;
}

/** Starts an optional backend and returns its description. */
const STARTERS: Record<string, () => Promise<string>> = {
  async webgpu() {
    // any adapter is fine, because the check is of correctness, not speed
    nameSwiftShader();
    return (await startWebGpuInNode({ allowSoftware: true })).name;
  },
  cuda: () => startCudaFor(false),
  'cuda-emulation': () => startCudaFor(true),
  async tensorflow() {
    return (await startTensorflow()).version;
  },
};

/** Makes the backend the current one. */
async function start(name: string): Promise<void> {
  const starter = STARTERS[name];
  if (starter) {
    try {
      console.log(`${name}: ${await starter()}`);
    } catch (error) {
      fail((error as Error).message);
    }
  } else if (!(await tf.setBackend(name))) fail(`the backend ${name} failed to start.`);
  await tf.ready();
}

const { directory, backend, only, except } = arguments_();
if (!['cpu', 'wasm', ...Object.keys(STARTERS)].includes(backend))
  fail(`unknown backend "${backend}"; choose cpu, wasm, ${Object.keys(STARTERS).join(' or ')}.`);
registerCpuKernels();
allowRelaxedSimd();
await registerWasmKernels({ fused: true });
await replaceWasmKernels();
await start(backend);

const counts = { passed: 0, failed: 0, skipped: 0 };
let entries: ReturnType<typeof openDirectory>;
try {
  entries = openDirectory(directory);
} catch (error) {
  fail((error as Error).message);
}
for (const entry of entries) {
  if (!entry.name.includes(only) || (except !== undefined && entry.name.includes(except))) {
    counts.skipped++;
    console.log(`SKIP ${entry.name}: excluded by --only or --except`);
    continue;
  }
  const { outcome, line } = await runCase(entry);
  counts[outcome]++;
  console.log(line);
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
