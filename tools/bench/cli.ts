// npm run bench -- [scan] [curves] [coreset] [model] [profile] [metrics] [pytorch] [vit] [native] [--repeats n] [--seed n] [--backend wasm|webgpu|tensorflow] [--batch n] [--threads n]: checks correctness, then prints figures.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import { parseArgs } from 'node:util';
import { registerCpuKernels } from '@pyramid-mamba/ssm-kernels/cpu';
import { allowRelaxedSimd, readTfjsWasm } from '@pyramid-mamba/ssm-kernels/system';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import { startWasmThreads } from '@pyramid-mamba/ssm-kernels/wasm/threads';
import { startTensorflow } from '@pyramid-mamba/ssm-kernels/tensorflow';
import { startWebGpuInNode } from '@pyramid-mamba/ssm-kernels/webgpu/node';
import { nameSwiftShader } from '../browser/swiftShader.ts';
import { provenance } from './report.ts';
import { benchCoreset } from './coreset.ts';
import { benchCurves } from './curves.ts';
import { benchMetrics } from './metrics.ts';
import { benchModel } from './model.ts';
import { benchNative } from './native.ts';
import { benchProfile } from './profile.ts';
import { benchPytorch } from './pytorch.ts';
import { benchScan } from './scan.ts';
import { benchVit } from './vit.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    repeats: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    backend: { type: 'string', default: 'wasm' },
    batch: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
});
const sections = {
  scan: benchScan,
  curves: benchCurves,
  coreset: benchCoreset,
  model: benchModel,
  profile: benchProfile,
  metrics: benchMetrics,
  pytorch: benchPytorch,
  vit: benchVit,
  native: benchNative,
};
const wanted = positionals.length > 0 ? positionals : Object.keys(sections);
const unknown = wanted.find((name) => !(name in sections));
if (unknown !== undefined) {
  console.error(`bench: unknown section "${unknown}"; the sections are ${Object.keys(sections).join(', ')}.`);
  process.exit(2);
}

registerCpuKernels();
allowRelaxedSimd();
const threads = Number(values.threads);
await registerWasmKernels({ fused: true });
await replaceWasmKernels();
if (threads > 1) await startWasmThreads({ threads, binary: readTfjsWasm() });
if (values.backend === 'webgpu') {
  nameSwiftShader();
  const info = await startWebGpuInNode({ allowSoftware: true });
  console.log(`webgpu: ${info.name}${info.software ? ', on the CPU' : ''}`);
}
if (values.backend === 'tensorflow') {
  const { version, gpu } = await startTensorflow();
  console.log(`tensorflow: ${version}, on ${gpu ? 'a GPU' : 'the CPU'}`);
}
const how = {
  backend: values.backend,
  batch: values.batch === undefined ? undefined : Number(values.batch),
};
console.log(`${provenance()}, seed ${values.seed}; median [min..max] of ${values.repeats} runs`);
for (const [name, bench] of Object.entries(sections))
  if (wanted.includes(name)) await bench(Number(values.seed), Number(values.repeats), how);
