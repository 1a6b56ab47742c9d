import { FormatError } from '../errors.js';
import type { Dtype } from '../safetensors.js';
import { Inert, PythonName, type Pickled, type PickleHooks } from './unpickle.js';

/** Where a tensor's numbers lie: a storage's key in the file, and how many numbers of which type it has. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: Dtype,
    readonly count: number,
  ) {}
}

/** A tensor as a checkpoint describes it: a view into a storage, offsets and strides counted in numbers. */
export class TorchTensor {
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  /** Shape and strides are copied: the pickle may go on changing its lists. */
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.shape = Object.freeze([...shape]);
    this.strides = Object.freeze([...strides]);
  }
}

/** Most axes of a tensor, PyTorch's own limit. */
const MAX_AXES = 64;

/** A text of a file as messages show it: cut, and without characters that would change the terminal. */
export function shown(text: string): string {
  const cut = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  // eslint-disable-next-line no-control-regex
  return cut.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '?');
}

const DTYPES: Readonly<Record<string, Dtype>> = {
  Double: 'F64',
  Float: 'F32',
  Half: 'F16',
  BFloat16: 'BF16',
  Long: 'I64',
  Int: 'I32',
  Short: 'I16',
  Char: 'I8',
  Byte: 'U8',
  Bool: 'BOOL',
};

/** What trainers put beside weights and we do not need; calling it gives an object that holds nothing. */
const INERT = new Set([
  'numpy.core.multiarray.scalar',
  'numpy.core.multiarray._reconstruct',
  'numpy._core.multiarray.scalar',
  'numpy._core.multiarray._reconstruct',
  'numpy.ndarray',
  'numpy.dtype',
  '_codecs.encode',
  'collections.defaultdict',
  'argparse.Namespace',
]);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * The only names a checkpoint may call: ordered dicts, and tensors over storages. Anything else is refused with its name, so
 * that a file can create nothing but tensors, dicts, lists and plain values.
 */
export function torchHooks(where: string): PickleHooks {
  const fail = (why: string): never => {
    throw new FormatError(`${where}: ${why}.`);
  };
  const tensor = ([storage, offset, shape, strides]: Pickled[]): TorchTensor => {
    if (!(storage instanceof TorchStorage)) return fail('a tensor without a storage');
    const sizes = (value: unknown): value is number[] =>
      Array.isArray(value) && value.length <= MAX_AXES && value.every(isCount);
    if (!isCount(offset) || !sizes(shape) || !sizes(strides) || shape.length !== strides.length) {
      return fail(`a tensor of storage ${shown(storage.key)} has no sound offset, shape and strides`);
    }
    return new TorchTensor(storage, offset, shape, strides);
  };
  return {
    call(name, args) {
      switch (name) {
        case 'collections.OrderedDict': {
          const dict = new Map<unknown, Pickled>();
          const [pairs = []] = args;
          if (!Array.isArray(pairs)) return fail('an OrderedDict of something that is no list of pairs');
          for (const pair of pairs as Pickled[]) {
            if (!Array.isArray(pair) || pair.length !== 2)
              return fail('an OrderedDict of something that is no list of pairs');
            dict.set(pair[0], pair[1] as Pickled);
          }
          return dict;
        }
        case 'torch.Size':
          return args[0] ?? [];
        case 'torch._utils._rebuild_tensor_v2':
        case 'torch._utils._rebuild_tensor':
          return tensor(args);
        case 'torch._utils._rebuild_parameter':
          return args[0] instanceof TorchTensor ? args[0] : fail('a parameter without a tensor');
        default:
          if (INERT.has(name)) return new Inert(name);
          return fail(
            `the file wants to call ${shown(name)}, which no weights need; it may be harmful or hold a whole program: ` +
              'save the state dict alone (torch.save(model.state_dict(), FILE)) and convert that',
          );
      }
    },
    persistent(id) {
      if (!Array.isArray(id) || id[0] !== 'storage') return fail('a reference that is no storage');
      const [, type, key, , count] = id as Pickled[];
      const name =
        type instanceof PythonName
          ? /^torch\.(?:storage\.)?(?:cuda\.)?(\w+)Storage$/.exec(type.name)?.[1]
          : undefined;
      const dtype = name !== undefined && Object.hasOwn(DTYPES, name) ? DTYPES[name] : undefined;
      if (dtype === undefined) {
        return fail(
          `a storage of type ${type instanceof PythonName ? shown(type.name) : 'unknown'}; wanted one of ${Object.keys(DTYPES).join(', ')}`,
        );
      }
      if (typeof key !== 'string' || !isCount(count)) return fail('a storage without a key or a size');
      return new TorchStorage(key, dtype, count);
    },
  };
}
