import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { fusedKernelsWasmBase64, kernelsWasmBase64 } from '../src/backends/wasm/generated/kernels.js';
import { withSharedMemory } from '../src/backends/wasm/threads/sharedMemory.js';
import { allowRelaxedSimd, readTfjsWasm } from '../src/system/index.js';

allowRelaxedSimd();

const importsOf = (bytes: Uint8Array<ArrayBuffer>): string[] =>
  WebAssembly.Module.imports(new WebAssembly.Module(bytes)).map(({ module, name }) => `${module}.${name}`);

test.each([
  ['our kernels', () => Buffer.from(kernelsWasmBase64, 'base64')],
  ['our kernels with relaxed SIMD', () => Buffer.from(fusedKernelsWasmBase64, 'base64')],
  ["tfjs-backend-wasm's", readTfjsWasm],
] as const)('%s: all is as before but the kind of memory', (_, read) => {
  const before = Uint8Array.from(read());
  const after = withSharedMemory(before);
  expect(WebAssembly.validate(after)).toBe(true);
  expect(importsOf(after)).toEqual(importsOf(before));
  // limits of two numbers of up to three bytes more
  expect(after.length - before.length).toBeLessThan(12);
  // shared once is shared
  expect(withSharedMemory(after)).toEqual(after);
});

test('a module for shared memory is refused any other, and the other way round', () => {
  const before = Uint8Array.from(Buffer.from(kernelsWasmBase64, 'base64'));
  const [own, shared] = [before, withSharedMemory(before)].map((bytes) => new WebAssembly.Module(bytes));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const link = (module: WebAssembly.Module, env: WebAssembly.Memory) => (): unknown =>
    new WebAssembly.Instance(module, { env: { memory: env } });
  expect(link(shared!, memory)).not.toThrow();
  expect(link(own!, memory)).toThrow(WebAssembly.LinkError);
  expect(link(shared!, new WebAssembly.Memory({ initial: 1, maximum: 65536 }))).toThrow(
    WebAssembly.LinkError,
  );
});

test('tfjs-backend-wasm is read from its package where no bundle has it', () => {
  const file = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  expect(Buffer.from(readTfjsWasm())).toEqual(
    readFileSync(join(dirname(file), 'dist', 'tfjs-backend-wasm-simd.wasm')),
  );
});
