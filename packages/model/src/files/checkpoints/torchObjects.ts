import { FormatError } from '../../errors.js';
import type { Dtype } from '../safetensors.js';
import { Inert, PythonName, type Pickled, type PickleHooks } from './unpickle.js';

/** A storage of a tensor: its key in the file, its number of values and their type. */
export class TorchStorage {
  constructor(
    readonly key: string,
    readonly dtype: Dtype,
    readonly count: number,
  ) {}
}

/** A tensor as a checkpoint describes it: a view into a storage, offsets and strides in elements. */
export class TorchTensor {
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  /** Shape and strides are copied, because the pickle may change its lists later. */
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

/** Maximum number of axes of a tensor, PyTorch's limit. */
const MAX_AXES = 64;

/** A file's text for messages: truncated, and without control characters. */
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

/** Classes that trainers save beside weights and we do not need; calling one gives an empty object. */
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
 * The only names a checkpoint may call: ordered dicts, and tensors over storages. Anything else is an error that names it, so
 * that a file can create only tensors, dicts, lists and plain values.
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
      return fail(`a tensor of storage ${shown(storage.key)} has an invalid offset, shape or strides`);
    }
    return new TorchTensor(storage, offset, shape, strides);
  };
  return {
    call(name, args) {
      switch (name) {
        case 'collections.OrderedDict': {
          const dict = new Map<unknown, Pickled>();
          const [pairs = []] = args;
          if (!Array.isArray(pairs)) return fail('an OrderedDict of something that is not a list of pairs');
          for (const pair of pairs as Pickled[]) {
            if (!Array.isArray(pair) || pair.length !== 2)
              return fail('an OrderedDict of something that is not a list of pairs');
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
            `the file calls ${shown(name)}, which weights do not need; it may be harmful or contain a whole program: ` +
              'save the state dict alone (torch.save(model.state_dict(), FILE)) and convert that',
          );
      }
    },
    persistent(id) {
      if (!Array.isArray(id) || id[0] !== 'storage') return fail('a reference that is not a storage');
      const [, type, key, , count] = id as Pickled[];
      const name =
        type instanceof PythonName
          ? /^torch\.(?:storage\.)?(?:cuda\.)?(\w+)Storage$/.exec(type.name)?.[1]
          : undefined;
      const dtype = name !== undefined && Object.hasOwn(DTYPES, name) ? DTYPES[name] : undefined;
      if (dtype === undefined) {
        return fail(
          `a storage of type ${type instanceof PythonName ? shown(type.name) : 'unknown'}; expected one of ${Object.keys(DTYPES).join(', ')}`,
        );
      }
      if (typeof key !== 'string' || !isCount(count)) return fail('a storage without a key or a size');
      return new TorchStorage(key, dtype, count);
    },
  };
}
