// npm run self-test:study -- DATA --encoder NAME=FILE... [--products a,b] [--encoders a,b] [--sides 64,128,256] [--rows 200,1500,1500c] [--seed n] [--budget n] [--out FILE]:
// fits memory banks, good and weak, to thirty good pictures of each product, and prints their self-tests beside how they judge real defects.
import '@tensorflow/tfjs-backend-wasm';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { measureModel, type Measured, type ModelPlan } from './models.ts';
import { tableOf } from './table.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    encoder: { type: 'string', multiple: true, default: [] },
    products: { type: 'string', default: 'bottle,hazelnut,tire' },
    sides: { type: 'string', default: '64,128,256' },
    rows: { type: 'string', default: '200,1500' },
    // of the given ones and `untrained`
    encoders: { type: 'string' },
    seed: { type: 'string', default: '1' },
    budget: { type: 'string', default: '90' },
    // the measurements, one line a model: those that are there are not made again
    out: { type: 'string' },
  },
});
const [data] = positionals;
const { out } = values;
const files = Object.fromEntries(values.encoder.map((one) => one.split('=') as [string, string]));
const plans: ModelPlan[] = [];
for (const side of values.sides.split(',').filter(Boolean))
  for (const rows of values.rows.split(','))
    for (const encoder of values.encoders?.split(',') ?? [...Object.keys(files), 'untrained'])
      for (const product of values.products.split(','))
        plans.push({
          product,
          encoder,
          side: Number(side),
          rows: parseInt(rows, 10),
          // `1500c`: chosen, not at random
          ...(rows.endsWith('c') && { chosen: true as const }),
        });

const known: Measured[] =
  out !== undefined && existsSync(out)
    ? readFileSync(out, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Measured)
    : [];
if (data !== undefined) {
  await registerWasmKernels();
  await replaceWasmKernels();
  await tf.setBackend('wasm');
  for (const plan of plans) {
    if (known.some((one) => JSON.stringify(one.plan) === JSON.stringify(plan))) continue;
    const found = await measureModel(plan, data, files, {
      seed: Number(values.seed),
      budget: Number(values.budget),
    });
    known.push(found);
    if (out !== undefined) appendFileSync(out, `${JSON.stringify(found)}\n`);
    console.error(`${plan.product} ${plan.encoder} ${plan.side} ${plan.rows}: ${found.seconds.toFixed(0)} s`);
  }
}
console.log(tableOf(known));
