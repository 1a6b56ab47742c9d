// Parameter structs of the kernels in the C++ compiler's layout; their definition is read from the kernels' source.
import { CudaError } from '../driver/errors.js';
import type { Sources } from '../driver/nvrtc.js';

/** A field's value: a device address, a number, or one number per axis. */
export type FieldValue = bigint | number | readonly number[] | undefined;
export type Fields = Readonly<Record<string, FieldValue>>;

type Kind = 'pointer' | 'int' | 'float' | 'double';

interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly offset: number;
  readonly count: number;
}

export interface Struct {
  readonly fields: ReadonlyMap<string, Field>;
  readonly bytes: number;
}

const BYTES: Record<Kind, number> = { pointer: 8, int: 4, float: 4, double: 8 };
const FIELD = /^\s*(?:const\s+)?(void|int|float|double)(\s*\*)?\s+(\w+)(?:\[(\d+)\])?;/;

/**
 * The structs that a header defines, one field per line.
 *
 * @throws CudaError that shows the line when one cannot be read
 */
export function readStructs(header: string): Map<string, Struct> {
  const structs = new Map<string, Struct>();
  for (const [, name, body] of header.matchAll(/^struct (\w+) \{\n([^}]*)\};/gm)) {
    const fields = new Map<string, Field>();
    let [end, alignment] = [0, 1];
    for (const line of body!.split('\n').map((text) => text.replace(/\/\/.*/, ''))) {
      if (line.trim() === '') continue;
      const found = FIELD.exec(line);
      if (!found) throw new CudaError('usage', `cuda: the field "${line.trim()}" of ${name} cannot be read.`);
      const [, type, star, field, count = '1'] = found;
      const kind = star ? 'pointer' : (type as Kind);
      const offset = Math.ceil(end / BYTES[kind]) * BYTES[kind];
      fields.set(field!, { name: field!, kind, offset, count: Number(count) });
      end = offset + BYTES[kind] * Number(count);
      alignment = Math.max(alignment, BYTES[kind]);
    }
    structs.set(name!, { fields, bytes: Math.ceil(end / alignment) * alignment });
  }
  return structs;
}

/** The headers that define parameter structs. */
const HEADER = /Params\.cuh$/;
const known = new WeakMap<Sources, ReadonlyMap<string, Struct>>();

/** The structs of all headers of parameters among the sources of kernels. */
function structsOf(sources: Sources): ReadonlyMap<string, Struct> {
  let structs = known.get(sources);
  if (!structs) {
    const headers = Object.keys(sources).filter((name) => HEADER.test(name));
    structs = new Map(headers.flatMap((name) => [...readStructs(sources[name]!)]));
    known.set(sources, structs);
  }
  return structs;
}

/**
 * The bytes of a struct of a header …Params.cuh. Missing fields are 0, or null.
 *
 * @throws CudaError that names an unknown field
 */
export function packed(sources: Sources, name: string, values: Fields): ArrayBuffer {
  const struct = structsOf(sources).get(name);
  if (!struct) throw new CudaError('usage', `cuda: struct ${name} does not exist.`);
  const bytes = new ArrayBuffer(struct.bytes);
  const view = new DataView(bytes);
  for (const [key, value] of Object.entries(values)) {
    const field = struct.fields.get(key);
    if (!field) throw new CudaError('usage', `cuda: ${name} has no field ${key}.`);
    if (value !== undefined) write(view, field, value);
  }
  return bytes;
}

function write(
  view: DataView,
  { name, kind, offset, count }: Field,
  value: bigint | number | readonly number[],
): void {
  if (typeof value === 'object') {
    if (value.length > count)
      throw new CudaError('usage', `cuda: ${name} takes at most ${count} numbers, got ${value.length}.`);
    value.forEach((number, i) => view.setInt32(offset + 4 * i, number, true));
  } else if (kind === 'pointer') view.setBigUint64(offset, BigInt(value), true);
  else if (kind === 'int') view.setInt32(offset, Number(value), true);
  else if (kind === 'float') view.setFloat32(offset, Number(value), true);
  else view.setFloat64(offset, Number(value), true);
}
