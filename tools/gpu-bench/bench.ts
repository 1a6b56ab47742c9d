// The bench on the machine with the GPU: checks the scans, then times them; then the whole network on CUDA and on WebGPU. Bundled by pack.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCuda, type CudaOptions } from '../../packages/ssm-kernels/src/backends/cuda/index.js';
import { checkScan, type Checked } from './check.ts';
import { DECODER, GRIDS, STATES, type Shape } from './shapes.ts';
import { timeLine, timeScan, type ScanTime } from './scanTimes.ts';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: '0' },
    driver: { type: 'string' },
    compiler: { type: 'string' },
    repeats: { type: 'string', default: '15' },
    seed: { type: 'string', default: '1' },
    /** Output folder of results.json and the case for reference.py. */
    out: { type: 'string', default: 'results' },
    /** Small shapes, for an emulated GPU. */
    dry: { type: 'boolean', default: false },
    /** Skip the whole network. */
    'scan-only': { type: 'boolean', default: false },
  },
});

const seed = Number(values.seed);
const repeats = Number(values.repeats);
const shapes: readonly Shape[] = values.dry ? [{ side: 4, channels: 8 }] : DECODER;
const batches = values.dry ? [1, 2] : [1, 16];

/** Writes a small case, inputs and the GPU's results, for comparison with PyTorch. */
function writeCase({ inputs, dy, results }: Checked, side: number, channels: number): void {
  const tensors: [string, Float32Array][] = [...Object.entries(inputs), ['dy', dy], ...results];
  const offsets: Record<string, [first: number, length: number]> = {};
  let at = 0;
  for (const [name, numbers] of tensors) {
    offsets[name.replace(/^d(u|delta|A|B|C|D|deltaBias)$/, 'grad_$1')] = [at, numbers.length];
    at += numbers.length;
  }
  const all = new Float32Array(at);
  let place = 0;
  for (const [, numbers] of tensors) {
    all.set(numbers, place);
    place += numbers.length;
  }
  writeFileSync(join(values.out, 'case.bin'), new Uint8Array(all.buffer));
  const sizes = { batch: 1, side, channels, states: STATES, grids: GRIDS };
  writeFileSync(join(values.out, 'case.json'), JSON.stringify({ sizes, offsets }));
}

const gpu: CudaOptions = {
  device: Number(values.device),
  ...(values.driver && { driver: values.driver }),
  ...(values.compiler && { compiler: values.compiler }),
};

async function benchScans(): Promise<ScanTime[]> {
  const device = await openCuda(gpu);
  console.log(
    `${device.info.name}, compute capability ${(device.info.architecture / 10).toFixed(1)}, kernels for ${device.target}`,
  );
  for (const { side } of shapes) {
    const channels = 24;
    const checked = await checkScan(device, seed, 1, { side, channels });
    console.log(
      `checked ${side}×${side}, ${channels} channels: output and gradients within ${checked.worst.toExponential(1)} of the definition`,
    );
    if (side === shapes[0]!.side) writeCase(checked, side, channels);
  }
  const times: ScanTime[] = [];
  for (const batch of batches)
    for (const shape of shapes)
      for (const time of await timeScan(device, seed, repeats, batch, shape)) {
        times.push(time);
        console.log(timeLine(time));
      }
  device.close();
  return times;
}

/** Inference and training step of the presets on CUDA and on WebGPU, by the repository's bench; a dry run only checks. */
async function benchNetwork(): Promise<void> {
  console.log();
  if (values['scan-only']) {
    console.log('whole network: not run, excluded on the command line');
    return;
  }
  const { checkNetwork, ENGINES, runNetwork } = await import('./network.ts');
  for (const engine of ENGINES) {
    try {
      if (values.dry) console.log(`whole network, ${engine}: ${await checkNetwork(engine, gpu, seed)}`);
      else for (const batch of [1, 16]) await runNetwork(engine, gpu, { seed, repeats, batch });
    } catch (error) {
      console.log(`whole network on ${engine}: not run, ${(error as Error).message}`);
    }
  }
}

async function main(): Promise<void> {
  mkdirSync(values.out, { recursive: true });
  const times = await benchScans();
  writeFileSync(join(values.out, 'results.json'), JSON.stringify(times, undefined, 1));
  await benchNetwork();
}

main().then(
  () => process.exit(0), // Dawn's threads would keep the process alive
  (error: unknown) => {
    console.error((error as Error).message);
    process.exit(1);
  },
);
