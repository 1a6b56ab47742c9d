// Compiles src/backends/wasm/assembly/*.ts (AssemblyScript, SIMD) to one WebAssembly module and writes it, base64-encoded, to
// src/backends/wasm/generated/kernels.ts, so that Node and browsers load it without a file request.
//
// --importMemory: the module works on tfjs-backend-wasm's own linear memory; tensors are passed as byte offsets.
// So the module must not allocate in that memory: no static data, no runtime, no stack. This is checked below.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));

const { error, stdout, stderr, binary, text } = await compile();
if (error) {
  process.stderr.write(`${stderr.toString()}${stdout.toString()}\nAssemblyScript: ${error.message}\n`);
  process.exit(1);
}
if (/\(data /.test(text)) {
  process.stderr.write(
    'the kernels must not have memory of their own, but the compiled module has a data segment\n',
  );
  process.exit(1);
}
const base64 = Buffer.from(binary).toString('base64');
mkdirSync(`${root}/src/backends/wasm/generated`, { recursive: true });
writeFileSync(
  `${root}/src/backends/wasm/generated/kernels.ts`,
  `// Generated from src/backends/wasm/assembly by scripts/build-wasm.mjs. Do not edit.\nexport const kernelsWasmBase64 =\n  '${base64}';\n`,
);
process.stdout.write(`wasm kernels: ${binary.length} bytes\n`);

async function compile() {
  const outputs = new Map();
  const result = await asc.main(
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
      '-O3',
      '--noAssert',
      '--uncheckedBehavior',
      'always',
      '--use',
      'abort=',
    ],
    { writeFile: (name, contents) => void outputs.set(name, contents) },
  );
  return { ...result, binary: outputs.get('kernels.wasm'), text: outputs.get('kernels.wat') };
}
