// Elementwise kernels of tfjs.
import {
  Abs, Add, AddN, Atan2, Cast, Ceil, ClipByValue, Elu, EluGrad, Equal, Erf, Exp, Expm1, Floor, FloorDiv, Greater, GreaterEqual, IsFinite,
  IsInf, IsNan, LeakyRelu, Less, LessEqual, Log, Log1p, LogicalAnd, LogicalNot, LogicalOr, Maximum, Minimum, Mod, Multiply, Neg, NotEqual,
  Pow, Prelu, RealDiv, Reciprocal, Relu, Relu6, Round, Rsqrt, Select, Sigmoid, Sign, Softplus, Sqrt, Square, SquaredDifference, Step, Sub,
  Tanh, backend_util, util,
  type DataType, type TensorInfo,
} from '@tensorflow/tfjs-core'; // prettier-ignore
import { CudaError } from '../driver/errors.js';
import { broadcastStrides, joined } from './axes.js';
import { CudaBackend } from '../backend/backend.js';
import { kernel, typeOf } from '../backend/kernel.js';

type X = { x: TensorInfo };
type AB = { a: TensorInfo; b: TensorInfo };

/** y = f(x), elementwise; `name` as in backend.cu. */
export function unary(
  backend: CudaBackend,
  name: string,
  x: TensorInfo,
  dtype: DataType = x.dtype,
  more: { a?: number; b?: number } = {},
): TensorInfo {
  const y = backend.output(x.shape, dtype);
  const count = util.sizeFromShape(x.shape);
  backend.each(`unary_${name}`, 'UnaryParams', count, {
    x: backend.address(x),
    y: backend.address(y),
    count,
    ...more,
  });
  return y;
}

/** y = f(a, b) with broadcasting; `name` as in backend.cu. */
export function binary(
  backend: CudaBackend,
  name: string,
  a: TensorInfo,
  b: TensorInfo,
  dtype: DataType,
): TensorInfo {
  const shape = backend_util.assertAndGetBroadcastShape(a.shape, b.shape);
  const y = backend.output(shape, dtype);
  const count = util.sizeFromShape(shape);
  if (count === 0) return y;
  const { sizes, strides } = joined(name, shape, [
    broadcastStrides(a.shape, shape.length),
    broadcastStrides(b.shape, shape.length),
  ]);
  backend.each(`binary_${name}`, 'BinaryParams', count, {
    a: backend.address(a),
    b: backend.address(b),
    y: backend.address(y),
    count,
    rank: sizes.length,
    sizes,
    aStrides: strides[0],
    bStrides: strides[1],
  });
  return y;
}

/** The same values in another type. */
export function cast(backend: CudaBackend, x: TensorInfo, dtype: DataType): TensorInfo {
  if (x.dtype === dtype) return backend.renamed(x, x.shape);
  for (const type of [x.dtype, dtype])
    if (!CudaBackend.supports(type))
      throw new CudaError(
        'usage',
        `cuda: a cast supports float32, int32 and bool, got ${x.dtype} to ${dtype}.`,
      );
  if (dtype === 'bool') return unary(backend, `toBool_${typeOf(x)}`, x, dtype);
  if (dtype === 'int32') return unary(backend, x.dtype === 'bool' ? 'toBool_int' : 'toInt', x, dtype);
  return unary(backend, 'toFloat', x, dtype);
}

/** Passes `use` x as float32. */
function asFloat<T>(backend: CudaBackend, x: TensorInfo, use: (x: TensorInfo) => T): T {
  if (x.dtype === 'float32') return use(x);
  const y = cast(backend, x, 'float32');
  try {
    return use(y);
  } finally {
    backend.disposeData(y.dataId);
  }
}

/** For a function of both types. */
function registerUnary(kernelName: string, name: string): void {
  kernel<X>(kernelName, (backend, { x }) => unary(backend, `${name}_${typeOf(x)}`, x));
}

/** For a function of float32. */
function registerFloat(kernelName: string, name: string): void {
  kernel<X>(kernelName, (backend, { x }) => asFloat(backend, x, (f) => unary(backend, name, f)));
}

/** For a binary operation; inputs of different types, and all if `floatOnly`, are converted to float32. */
function registerBinary(
  kernelName: string,
  name: string,
  { floatOnly = false, result }: { floatOnly?: boolean; result?: DataType } = {},
): void {
  kernel<AB>(kernelName, (backend, { a, b }) => {
    if (!floatOnly && typeOf(a) === typeOf(b)) {
      const own = typeOf(a) === 'float' ? 'float32' : 'int32';
      return binary(backend, `${name}_${typeOf(a)}`, a, b, result ?? own);
    }
    const y = asFloat(backend, a, (x) =>
      asFloat(backend, b, (z) => binary(backend, `${name}_float`, x, z, result ?? 'float32')),
    );
    if (result || typeOf(a) === 'float' || typeOf(b) === 'float') return y;
    // integers give an integer result
    const whole = cast(backend, y, 'int32');
    backend.disposeData(y.dataId);
    return whole;
  });
}

const UNARY = { [Abs]: 'abs', [Neg]: 'neg', [Square]: 'square', [Sign]: 'sign', [Relu]: 'relu' };

const FLOAT = {
  [Relu6]: 'relu6', [Elu]: 'elu', [Sigmoid]: 'sigmoid', [Exp]: 'exp', [Expm1]: 'expm1', [Log]: 'log', [Log1p]: 'log1p', [Sqrt]: 'sqrt',
  [Rsqrt]: 'rsqrt', [Reciprocal]: 'reciprocal', [Tanh]: 'tanh', [Erf]: 'erf', [Softplus]: 'softplus',
}; // prettier-ignore

/** Rounding leaves integers unchanged. */
const ROUNDING = { [Floor]: 'floor', [Ceil]: 'ceil', [Round]: 'round' };

const ARITHMETIC = {
  [Add]: 'add', [Sub]: 'sub', [Multiply]: 'mul', [Maximum]: 'max', [Minimum]: 'min', [SquaredDifference]: 'squaredDifference',
  [Mod]: 'mod',
}; // prettier-ignore

const FLOAT_ARITHMETIC = { [RealDiv]: 'div', [Pow]: 'pow', [Atan2]: 'atan2' };

const COMPARISONS = {
  [Equal]: 'equal', [NotEqual]: 'notEqual', [Greater]: 'greater', [GreaterEqual]: 'greaterEqual', [Less]: 'less', [LessEqual]: 'lessEqual',
}; // prettier-ignore

export function registerElementwise(): void {
  for (const [kernelName, name] of Object.entries(UNARY)) registerUnary(kernelName, name);
  for (const [kernelName, name] of Object.entries(FLOAT)) registerFloat(kernelName, name);
  for (const [kernelName, name] of Object.entries(ROUNDING))
    kernel<X>(kernelName, (backend, { x }) =>
      typeOf(x) === 'int' ? backend.renamed(x, x.shape) : unary(backend, name, x),
    );
  for (const [kernelName, name] of Object.entries(ARITHMETIC)) registerBinary(kernelName, name);
  registerBinary(FloorDiv, 'floorDiv', { result: 'int32' });
  for (const [kernelName, name] of Object.entries(FLOAT_ARITHMETIC))
    registerBinary(kernelName, name, { floatOnly: true });
  for (const [kernelName, name] of Object.entries(COMPARISONS))
    registerBinary(kernelName, name, { result: 'bool' });
  kernel<AB>(LogicalAnd, (backend, { a, b }) => binary(backend, 'and_int', a, b, 'bool'));
  kernel<AB>(LogicalOr, (backend, { a, b }) => binary(backend, 'or_int', a, b, 'bool'));
  kernel<X>(LogicalNot, (backend, { x }) => unary(backend, 'not', x, 'bool'));
  for (const [kernelName, name] of Object.entries({
    [IsNan]: 'isNan',
    [IsFinite]: 'isFinite',
    [IsInf]: 'isInf',
  }))
    kernel<X>(kernelName, (backend, { x }) => asFloat(backend, x, (f) => unary(backend, name, f, 'bool')));
  kernel<X, { alpha: number }>(Step, (backend, { x }, { alpha }) =>
    unary(backend, `step_${typeOf(x)}`, x, x.dtype, { a: alpha }),
  );
  kernel<X, { alpha: number }>(LeakyRelu, (backend, { x }, { alpha }) =>
    asFloat(backend, x, (f) => unary(backend, 'leakyRelu', f, 'float32', { a: alpha })),
  );
  kernel<X, { clipValueMin: number; clipValueMax: number }>(ClipByValue, (backend, { x }, attrs) =>
    unary(backend, `clip_${typeOf(x)}`, x, x.dtype, { a: attrs.clipValueMin, b: attrs.clipValueMax }),
  );
  kernel<{ x: TensorInfo; alpha: TensorInfo }>(Prelu, (backend, { x, alpha }) =>
    binary(backend, 'prelu_float', x, alpha, 'float32'),
  );
  kernel<{ dy: TensorInfo; y: TensorInfo }>(EluGrad, (backend, { dy, y }) =>
    binary(backend, 'eluGrad_float', dy, y, 'float32'),
  );
  kernel<X, { dtype: DataType }>(Cast, (backend, { x }, { dtype }) => cast(backend, x, dtype));
  kernel<TensorInfo[]>(AddN, (backend, inputs) => {
    const [first, ...rest] = Object.values(inputs);
    return rest.reduce(
      (sum, x) => {
        const next = binary(backend, `add_${typeOf(x)}`, sum, x, x.dtype);
        backend.disposeData(sum.dataId);
        return next;
      },
      backend.renamed(first!, first!.shape),
    );
  });
  kernel<{ condition: TensorInfo; t: TensorInfo; e: TensorInfo }>(Select, (backend, { condition, t, e }) => {
    const y = backend.output(t.shape, t.dtype);
    const count = util.sizeFromShape(t.shape);
    backend.each('select_all', 'SelectParams', count, {
      condition: backend.address(condition),
      yes: backend.address(t),
      no: backend.address(e),
      y: backend.address(y),
      count,
      each: count / Math.max(1, util.sizeFromShape(condition.shape)),
    });
    return y;
  });
}
