// Writes the shaders of src/backends/webgpu/shaders/*.wgsl as strings to src/backends/webgpu/generated/shaders.ts, so that Node and browsers
// load them without a file request and bundlers need no plugin. The files are valid WGSL without preprocessing.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../src/backends/webgpu', import.meta.url));
const files = readdirSync(`${root}/shaders`)
  .filter((name) => name.endsWith('.wgsl'))
  .sort();
const entries = files.map(
  (name) =>
    `  ${JSON.stringify(basename(name, '.wgsl'))}: ${JSON.stringify(readFileSync(`${root}/shaders/${name}`, 'utf8'))},\n`,
);
mkdirSync(`${root}/generated`, { recursive: true });
writeFileSync(
  `${root}/generated/shaders.ts`,
  `// Generated from src/backends/webgpu/shaders by scripts/build-wgsl.mjs. Do not edit.\nexport const shaders = {\n${entries.join('')}} as const;\n`,
);
process.stdout.write(`wgsl shaders: ${files.join(', ')}\n`);
