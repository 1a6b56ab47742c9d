import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHARED = fileURLToPath(new URL('../../../../shared', import.meta.url));

/** A path of the folder beside the repository that holds golden vectors and real pictures. */
export const shared = (...parts: string[]): string => join(SHARED, ...parts);

/** Whether it exists; if not, prints what is not tested. */
export function sharedHas(path: string, what: string): boolean {
  const there = existsSync(shared(path));
  if (!there) console.warn(`SKIPPED: ${what}: ../shared/${path} is absent`);
  return there;
}

/** The tensors of a safetensors file as typed arrays (U8 and F32, which is what the resize cases hold). */
export function readTensors(path: string): Map<string, { shape: number[]; data: Uint8Array | Float32Array }> {
  const file = readFileSync(path);
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, { shape: number[]; data: Uint8Array | Float32Array }>();
  for (const [name, { dtype, shape, data_offsets: range }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const start = 8 + headerLength;
    const bytes = Uint8Array.from(file.subarray(start + range[0], start + range[1]));
    if (dtype !== 'U8' && dtype !== 'F32') throw new Error(`${path}: ${name} is ${dtype}`);
    tensors.set(name, { shape, data: dtype === 'U8' ? bytes : new Float32Array(bytes.buffer) });
  }
  return tensors;
}
