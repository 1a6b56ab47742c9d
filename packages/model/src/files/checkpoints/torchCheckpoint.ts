// torch.save's two formats. Since 1.6 a zip archive (torch/csrc/…/serialization: `NAME/data.pkl`, `NAME/data/KEY`); before, and with
// _use_new_zipfile_serialization=False, consecutive pickles, followed by the storages.
import { unzipSync } from 'fflate';
import { FormatError } from '../../errors.js';
import { requireNotForeign } from '../fileKind.js';
import { ARRAYS, type Dtype, type HostData, type HostTensor } from '../safetensors.js';
import { withoutPrefix } from './prefixes.js';
import { shown, TorchTensor, torchHooks } from './torchObjects.js';
import { unpickle, type Pickled } from './unpickle.js';

const bytesOf = (dtype: Dtype): number => ARRAYS[dtype].BYTES_PER_ELEMENT;

/** Tensors may share storages (tied weights), but their total size is at most this multiple of the file's. */
const MOST_GROWTH = 4;
/** Maximum depth of a state dict in a checkpoint. */
const MOST_DEPTH = 3;
/** Minimum bytes of a zip archive's directory entry. */
const ENTRY = 46;
/** Keys under which trainers save the weights, in search order. */
const HOLDERS = [
  'state_dict',
  'model_state_dict',
  'model',
  'net',
  'module',
  'params',
  'network',
  'weights',
  'backbone',
  'encoder',
  'teacher',
  'state_dict_ema',
  'model_ema',
  'params_ema',
  'ema',
];
const OPTIMIZER = /optim|sched|scaler/i;

/**
 * The tensors of a PyTorch checkpoint (`.pth`, `.pt`), zip or legacy, by their names in the state dict. No code in the
 * file is run: see `torchHooks`. A state dict inside another dict is found, and prefixes are removed (`withoutPrefix`).
 * Allocations are bounded by a small multiple of the file's size.
 *
 * @param where the file's name, for messages
 * @throws FormatError
 */
export function readTorchCheckpoint(bytes: Uint8Array, where: string): Map<string, HostTensor> {
  requireNotForeign(bytes, where);
  if (bytes.length < 4)
    throw new FormatError(
      `${where} is not a PyTorch checkpoint: it has ${bytes.length} bytes; copy or download it again.`,
    );
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const { root, storage } = isZip ? readZip(bytes, where) : readLegacy(bytes, where);
  const found = withoutPrefix(stateDict(root, where), where);
  let budget = bytes.length * MOST_GROWTH;
  const out = new Map<string, HostTensor>();
  for (const [name, tensor] of found) {
    const label = `${where}: tensor ${shown(name)}`;
    const count = tensor.shape.reduce((a, b) => a * b, 1);
    budget -= count * bytesOf(tensor.storage.dtype);
    if (!(budget >= 0))
      throw new FormatError(`${label} of shape (${tensor.shape.join(', ')}) is larger than the file allows.`);
    out.set(name, hostTensor(tensor, count, storage(tensor.storage.key, label), label));
  }
  return out;
}

/** Opened archive: the pickled object, and the bytes of a storage. */
interface Opened {
  root: Pickled;
  storage: (key: string, label: string) => Uint8Array;
}

function readZip(bytes: Uint8Array, where: string): Opened {
  let room = bytes.length * MOST_GROWTH;
  let entries = 0;
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        // the archive states its number of entries; it must have the bytes for them
        if (++entries * ENTRY > bytes.length)
          throw new FormatError(
            `${where}: the zip archive is damaged: it lists more files than fit into it.`,
          );
        room -= originalSize;
        if (!(room >= 0))
          throw new FormatError(
            `${where}: the archive would unpack to more than ${MOST_GROWTH} times its size; it is not a checkpoint.`,
          );
        return /(^|\/)(data\.pkl|byteorder|data\/[^/]+)$/.test(name);
      },
    });
  } catch (error) {
    if (error instanceof FormatError) throw error;
    throw new FormatError(
      `${where}: the zip archive is damaged or cut short (${shown((error as Error).message)}); download it again.`,
    );
  }
  const found = new Map(Object.entries(files));
  const pickle = [...found.keys()].find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (pickle === undefined) {
    throw new FormatError(
      `${where} is a zip archive without data.pkl, not a checkpoint of torch.save (a TorchScript archive contains code; save its state dict).`,
    );
  }
  const folder = pickle.slice(0, -'data.pkl'.length);
  const order = found.get(`${folder}byteorder`);
  if (order && new TextDecoder().decode(order).trim() !== 'little') {
    throw new FormatError(`${where}: its data are big-endian; save it again on a little-endian machine.`);
  }
  return {
    root: unpickle(found.get(pickle)!, 0, where, torchHooks(where)).value,
    storage: (key, label) => {
      const data = found.get(`${folder}data/${key}`);
      if (!data)
        throw new FormatError(`${label}: its data (data/${shown(key)}) are missing from the archive.`);
      return data;
    },
  };
}

/** The header pickle of a legacy file. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

function readLegacy(bytes: Uint8Array, where: string): Opened {
  const hooks = torchHooks(where);
  const notOne = (): never => {
    throw new FormatError(
      `${where} is not a PyTorch checkpoint: it is neither a zip archive nor in torch.save's legacy format.`,
    );
  };
  if (bytes[0] !== 0x80) notOne();
  const magic = unpickle(bytes, 0, where, hooks);
  if (magic.value !== LEGACY_MAGIC) notOne();
  const protocol = unpickle(bytes, magic.end, where, hooks);
  if (protocol.value !== LEGACY_PROTOCOL) {
    throw new FormatError(
      `${where}: its legacy protocol must be ${LEGACY_PROTOCOL}, got ${typeof protocol.value === 'number' ? protocol.value : kindOf(protocol.value)}; save it again with torch.save.`,
    );
  }
  const system = unpickle(bytes, protocol.end, where, hooks);
  if (system.value instanceof Map && system.value.get('little_endian') === false) {
    throw new FormatError(`${where}: its data are big-endian; save it again on a little-endian machine.`);
  }
  const root = unpickle(bytes, system.end, where, hooks);
  const keys = unpickle(bytes, root.end, where, hooks);
  if (!Array.isArray(keys.value)) throw new FormatError(`${where}: the list of storages is missing.`);
  // sizes in bytes depend on the types, which only the tensors state
  const types = new Map(tensorsIn(root.value).map(({ storage }) => [storage.key, storage.dtype]));
  const places = new Map<string, [begin: number, end: number]>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = keys.end;
  for (const key of keys.value as unknown[]) {
    const dtype = typeof key === 'string' ? types.get(key) : undefined;
    // a storage that no tensor uses has an unknown size; the ones after it cannot be located
    if (dtype === undefined) break;
    if (at + 8 > bytes.length)
      throw new FormatError(`${where}: the file is cut short before storage ${shown(key as string)}.`);
    const count = view.getBigInt64(at, true);
    const begin = at + 8;
    if (count < 0n || count > BigInt(bytes.length - begin)) {
      throw new FormatError(
        `${where}: storage ${shown(key as string)} should have ${count} values, but the file is cut short.`,
      );
    }
    at = begin + Number(count) * bytesOf(dtype);
    places.set(key as string, [begin, Math.min(at, bytes.length)]);
  }
  return {
    root: root.value,
    storage: (key, label) => {
      const place = places.get(key);
      if (!place) throw new FormatError(`${label}: its storage ${shown(key)} is missing from the file.`);
      return bytes.subarray(...place);
    },
  };
}

/** The type of a pickled value, for messages; its content may have any size. */
const kindOf = (value: Pickled): string =>
  Array.isArray(value) ? 'a list' : value instanceof Map ? 'a dict' : `a ${typeof value}`;

/** All tensors under `value`; each object is visited once. */
function tensorsIn(value: Pickled): TorchTensor[] {
  const found: TorchTensor[] = [];
  const seen = new Set<unknown>();
  const open: unknown[] = [value];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item instanceof TorchTensor) found.push(item);
    if (!(item instanceof Map || Array.isArray(item)) || seen.has(item)) continue;
    seen.add(item);
    for (const child of item.values()) if (child !== undefined) open.push(child);
  }
  return found;
}

const isTensor = (entry: [unknown, Pickled]): entry is [string, TorchTensor] =>
  typeof entry[0] === 'string' && entry[1] instanceof TorchTensor;

/** Finds the state dict in a dict: under a known name, else under the only one with tensors; never the optimiser's. */
function holderOf(dict: ReadonlyMap<unknown, Pickled>): Map<unknown, Pickled> | undefined {
  const holds = (value: Pickled | undefined, depth: number): value is Map<unknown, Pickled> =>
    value instanceof Map &&
    ([...(value as Map<unknown, Pickled>)].some(isTensor) ||
      (depth > 0 &&
        HOLDERS.some((key) => holds((value as Map<unknown, Pickled>).get(key) as Pickled, depth - 1))));
  for (const key of HOLDERS) {
    const value = dict.get(key);
    if (holds(value, MOST_DEPTH)) return value;
  }
  const others = [...dict].filter(
    ([key, value]) => typeof key === 'string' && !OPTIMIZER.test(key) && holds(value, 0),
  );
  return others.length === 1 ? (others[0]![1] as Map<unknown, Pickled>) : undefined;
}

function stateDict(root: Pickled, where: string): Map<string, TorchTensor> {
  let dict: Map<unknown, Pickled> | undefined =
    root instanceof Map ? (root as Map<unknown, Pickled>) : undefined;
  for (let depth = 0; depth <= MOST_DEPTH && dict; depth++) {
    // a checkpoint may contain tensors other than weights, such as the best accuracy
    const inner = holderOf(dict);
    if (inner === undefined) {
      const named = [...dict].filter(isTensor);
      if (named.length > 0) return new Map(named);
    }
    dict = inner;
  }
  throw new FormatError(
    `${where}: it contains no state dict; expected a dict of tensors, alone or under ${HOLDERS.slice(0, 6).join(', ')}.`,
  );
}

function hostTensor(
  { storage, offset, shape, strides }: TorchTensor,
  count: number,
  data: Uint8Array,
  label: string,
): HostTensor {
  const { dtype } = storage;
  const size = bytesOf(dtype);
  const there = Math.floor(data.length / size);
  const last = count === 0 ? offset - 1 : shape.reduce((sum, n, i) => sum + (n - 1) * strides[i]!, offset);
  if (last >= there) {
    throw new FormatError(
      `${label} needs ${last + 1} values of its storage, which has ${there}; the file is damaged or cut short.`,
    );
  }
  // copied: data may be at any offset in the file, typed arrays only at multiples of their element size
  const view = (begin: number, n: number): HostData =>
    new ARRAYS[dtype](Uint8Array.from(data.subarray(begin * size, (begin + n) * size)).buffer);
  if (isContiguous(shape, strides)) return { dtype, shape: [...shape], data: view(offset, count) };
  const source = view(offset, last - offset + 1);
  const out = new ARRAYS[dtype](count) as HostData;
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < count; i++) {
    out[i] = source[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { dtype, shape: [...shape], data: out };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}
