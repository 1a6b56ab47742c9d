// build-cuda.mjs ROOM: writes the sources of ROOM/kernels as strings to ROOM/generated/kernels.ts: NVRTC compiles them where there is
// a GPU, and the built package needs no other file. The files also compile with nvcc, unchanged.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const room = process.argv[2];
const files = readdirSync(`${room}/kernels`)
  .filter((name) => /\.cuh?$/.test(name))
  .sort();
const entries = files.map(
  (name) =>
    `  ${JSON.stringify(name)}: ${JSON.stringify(readFileSync(`${room}/kernels/${name}`, 'utf8'))},\n`,
);
mkdirSync(`${room}/generated`, { recursive: true });
writeFileSync(
  `${room}/generated/kernels.ts`,
  `// Generated from ${room}/kernels. Do not edit.\nexport const cudaSources: Readonly<Record<string, string>> = {\n${entries.join('')}};\n`,
);
process.stdout.write(`cuda kernels: ${files.join(', ')}\n`);
