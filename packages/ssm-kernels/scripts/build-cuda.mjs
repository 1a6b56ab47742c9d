// Writes the sources of src/backends/cuda/kernels as strings to src/backends/cuda/generated/kernels.ts: NVRTC compiles them where there is a GPU, and
// the built package needs no other file. The files also compile with nvcc, unchanged.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src/backends/cuda', import.meta.url));
const files = readdirSync(`${root}/kernels`)
  .filter((name) => /\.cuh?$/.test(name))
  .sort();
const entries = files.map(
  (name) =>
    `  ${JSON.stringify(name)}: ${JSON.stringify(readFileSync(`${root}/kernels/${name}`, 'utf8'))},\n`,
);
mkdirSync(`${root}/generated`, { recursive: true });
writeFileSync(
  `${root}/generated/kernels.ts`,
  `// Generated from src/backends/cuda/kernels by scripts/build-cuda.mjs. Do not edit.\nexport const cudaSources: Readonly<Record<string, string>> = {\n${entries.join('')}};\n`,
);
process.stdout.write(`cuda kernels: ${files.join(', ')}\n`);
