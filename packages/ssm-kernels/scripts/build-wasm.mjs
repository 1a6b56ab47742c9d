// Compiles src/backends/wasm/assembly (AssemblyScript, SIMD) to one WebAssembly module and writes it, base64-encoded, to
// src/backends/wasm/generated/kernels.ts, so that Node and browsers load it without a file request. With it go
// functions that call every export with its arguments by name (src/backends/wasm/module/module.ts).
//
// --importMemory: the module works on tfjs-backend-wasm's own linear memory; tensors are passed as byte offsets.
// So the module must not allocate in that memory: no static data, no runtime, no stack. This is checked below.
//
// Compiled twice, with and without relaxed SIMD, that is with fused multiply-adds and without (assembly/maths/fused.ts).
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));

const plain = await compile([]);
const fused = await compile(['--enable', 'relaxed-simd']);
const exported = await parameters(plain);
const base64 = (binary) => Buffer.from(binary).toString('base64');
mkdirSync(`${root}/src/backends/wasm/generated`, { recursive: true });
writeFileSync(
  `${root}/src/backends/wasm/generated/kernels.ts`,
  `// Generated from src/backends/wasm/assembly by scripts/build-wasm.mjs. Do not edit.\nexport const kernelsWasmBase64 =\n  '${base64(plain)}';\n
/** The same with relaxed SIMD: a product with a sum is one fused multiply-add where the processor has it. */
export const fusedKernelsWasmBase64 =\n  '${base64(fused)}';\n
type Exported = (...args: number[]) => number;\n\n/** Calls every function of the module with its arguments by name. */\nexport const wasmCalls = {\n${callers(exported)}};\n`,
);
process.stdout.write(`wasm kernels: ${plain.length} bytes, fused ${fused.length}\n`);

async function compile(features) {
  const outputs = new Map();
  const { error, stdout, stderr } = await asc.main(
    [
      'src/backends/wasm/assembly/index.ts',
      '--baseDir',
      root,
      '--outFile',
      'kernels.wasm',
      '--textFile',
      'kernels.wat',
      '--runtime',
      'stub',
      '--importMemory',
      '--noExportMemory',
      '--enable',
      'simd',
      ...features,
      '-O3',
      '--noAssert',
      '--uncheckedBehavior',
      'always',
      '--use',
      'abort=',
    ],
    { writeFile: (name, contents) => void outputs.set(name, contents) },
  );
  if (error) {
    process.stderr.write(`${stderr.toString()}${stdout.toString()}\nAssemblyScript: ${error.message}\n`);
    process.exit(1);
  }
  if (/\(data /.test(outputs.get('kernels.wat'))) {
    process.stderr.write(
      'the kernels must not have memory of their own, but the compiled module has a data segment\n',
    );
    process.exit(1);
  }
  return outputs.get('kernels.wasm');
}

/** The names of the parameters of each exported function, read from the source and compared with the compiled module. */
async function parameters(module) {
  const index = join(root, 'src/backends/wasm/assembly/index.ts');
  const files = [...readFileSync(index, 'utf8').matchAll(/from '(\.[^']*)'/g)];
  const source = files.map(([, name]) => readFileSync(join(dirname(index), `${name}.ts`), 'utf8')).join('\n');
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = await WebAssembly.instantiate(module, { env: { memory } });
  return Object.fromEntries(
    Object.entries(instance.exports).map(([name, exported]) => {
      const list = new RegExp(`export function ${name}\\(([^)]*)\\)`).exec(source)?.[1] ?? '';
      const names = [...list.matchAll(/(\w+):/g)].map(([, parameter]) => parameter);
      if (names.length !== exported.length)
        throw new Error(
          `${name} takes ${exported.length} parameters, but its source names ${names.length}: ${names.join(', ')}`,
        );
      return [name, names];
    }),
  );
}

/** A function per export that puts named arguments into positions. */
function callers(exported) {
  return Object.entries(exported)
    .map(([name, names]) => {
      const type = `{ ${names.map((parameter) => `readonly ${parameter}: number`).join('; ')} }`;
      const positions = names.map((parameter) => `a.${parameter}`).join(', ');
      return `  ${name}: (f: Exported, a: ${type}) => f(${positions}),\n`;
    })
    .join('');
}
