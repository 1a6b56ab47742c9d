import { readFileSync } from 'node:fs';

/** Tensors of a safetensors file with F32, U8 and I32 data, by name. */
export function readTensors(
  file: URL,
): Map<string, { shape: number[]; data: Float32Array | Uint8Array | Int32Array }> {
  const bytes = readFileSync(file);
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, start)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const kinds = { F32: Float32Array, U8: Uint8Array, I32: Int32Array };
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  return new Map(
    entries.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const raw = Uint8Array.from(bytes.subarray(start + from, start + to)).buffer;
        return [name, { shape, data: new kinds[dtype as keyof typeof kinds](raw) }];
      },
    ),
  );
}
