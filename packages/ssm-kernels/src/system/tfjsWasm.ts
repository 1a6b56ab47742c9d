import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FILE = 'tfjs-backend-wasm-simd.wasm';

/**
 * The contents of tfjs-backend-wasm's binary with SIMD, for startWasmThreads of ssm-kernels/wasm/threads: from beside this module, where a
 * bundle has it, or else from the installed package.
 *
 * @throws Error where neither is there
 */
export function readTfjsWasm(): Uint8Array {
  const beside = fileURLToPath(new URL(FILE, import.meta.url));
  if (existsSync(beside)) return readFileSync(beside);
  const packageFile = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  return readFileSync(join(dirname(packageFile), 'dist', FILE));
}
