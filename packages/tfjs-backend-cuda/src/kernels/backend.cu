// The kernels of TensorFlow.js's own ops.
//
// Compiled by NVRTC or nvcc, and by a C++ compiler for tests on machines without a GPU (tools/cuda/emulation).
#include "columns.cuh"
#include "elementwise.cuh"
#include "gemm.cuh"
#include "opKernel.cuh"
#include "rows.cuh"
#include "windows.cuh"

OP_KERNEL(fill_all, 256, FillParams, fill(p))
OP_KERNEL(copy_all, 256, CopyParams, copyStrided(p))
OP_KERNEL(gather_all, 256, GatherParams, gatherRows(p))
OP_KERNEL(select_all, 256, SelectParams, selectNumbers(p))

// y = f(x), with p.a and p.b as parameters of f
#define UNARY(name, X, Y, ...) OP_KERNEL(unary_##name, 256, UnaryParams, unary<X, Y>(p, [&](X x) -> Y { return Y(__VA_ARGS__); }))
#define UNARY_BOTH(name, ...) \
  UNARY(name##_float, float, float, __VA_ARGS__) \
  UNARY(name##_int, int, int, __VA_ARGS__)

UNARY(toInt, float, int, truncated(x))
UNARY(toFloat, int, float, x)
UNARY(toBool_float, float, int, x != 0.0f)
UNARY(toBool_int, int, int, x != 0)
UNARY_BOTH(neg, -x)
UNARY_BOTH(abs, x < 0 ? -x : x)
UNARY_BOTH(square, x * x)
UNARY_BOTH(sign, x != x ? x : x > 0 ? 1 : x < 0 ? -1 : 0)
UNARY_BOTH(relu, x < 0 ? 0 : x)
UNARY_BOTH(step, x != x ? x : x > 0 ? 1.0f : p.a)
UNARY_BOTH(clip, x < p.a ? p.a : x > p.b ? p.b : x)
UNARY(not, int, int, !x)
UNARY(relu6, float, float, activated(x, 2))
UNARY(elu, float, float, activated(x, 3))
UNARY(sigmoid, float, float, sigmoidOf(x))
UNARY(leakyRelu, float, float, x < 0.0f ? p.a * x : x)
UNARY(exp, float, float, expf(x))
UNARY(expm1, float, float, expm1f(x))
UNARY(log, float, float, logf(x))
UNARY(log1p, float, float, log1pf(x))
UNARY(sqrt, float, float, sqrtf(x))
UNARY(rsqrt, float, float, 1.0f / sqrtf(x))
UNARY(reciprocal, float, float, 1.0f / x)
UNARY(tanh, float, float, tanhf(x))
UNARY(erf, float, float, erff(x))
UNARY(floor, float, float, floorf(x))
UNARY(ceil, float, float, ceilf(x))
UNARY(round, float, float, roundHalfEven(x))
UNARY(softplus, float, float, x > 20.0f ? x : log1pf(expf(x)))
UNARY(isNan, float, int, x != x)
UNARY(isFinite, float, int, x - x == 0.0f)
UNARY(isInf, float, int, x == x && x - x != 0.0f)

// y = f(a, b), with broadcasting
#define BINARY(name, X, Y, ...) OP_KERNEL(binary_##name, 256, BinaryParams, binary<X, Y>(p, [](X a, X b) -> Y { return Y(__VA_ARGS__); }))
#define BINARY_BOTH(name, ...) \
  BINARY(name##_float, float, float, __VA_ARGS__) \
  BINARY(name##_int, int, int, __VA_ARGS__)
#define COMPARISON(name, ...) \
  BINARY(name##_float, float, int, __VA_ARGS__) \
  BINARY(name##_int, int, int, __VA_ARGS__)

BINARY_BOTH(add, a + b)
BINARY_BOTH(sub, a - b)
BINARY_BOTH(mul, a * b)
BINARY_BOTH(max, larger(a, b))
BINARY_BOTH(min, smaller(a, b))
BINARY_BOTH(squaredDifference, (a - b) * (a - b))
BINARY_BOTH(mod, modulo(a, b))
BINARY(div_float, float, float, a / b)
BINARY(floorDiv_float, float, int, truncated(floorf(a / b)))
BINARY(floorDiv_int, int, int, floorDivide(a, b))
BINARY(pow_float, float, float, powf(a, b))
BINARY(atan2_float, float, float, atan2f(a, b))
BINARY(prelu_float, float, float, a < 0.0f ? a * b : a)
BINARY(eluGrad_float, float, float, b >= 0.0f ? a : a * (b + 1.0f))
COMPARISON(equal, a == b)
COMPARISON(notEqual, a != b)
COMPARISON(greater, a > b)
COMPARISON(greaterEqual, a >= b)
COMPARISON(less, a < b)
COMPARISON(lessEqual, a <= b)
BINARY(and_int, int, int, a && b)
BINARY(or_int, int, int, a || b)

#define ROWS(name, Join) \
  OP_KERNEL(rows_##name##_float, 256, RowsParams, rowsReduce<float, Join>(p)) \
  OP_KERNEL(rows_##name##_int, 256, RowsParams, rowsReduce<int, Join>(p)) \
  OP_KERNEL(rowsFinish_##name##_float, 256, RowsParams, rowsFinish<float, Join>(p)) \
  OP_KERNEL(rowsFinish_##name##_int, 256, RowsParams, rowsFinish<int, Join>(p))

ROWS(sum, Sum)
ROWS(max, Largest)
ROWS(min, Smallest)
ROWS(prod, Product)

OP_KERNEL(columns_plain, 256, ColumnsParams, columns<Plain>(p))
OP_KERNEL(columns_tap, 256, ColumnsParams, columns<Tap>(p))
OP_KERNEL(columnsFinish_all, 256, ColumnsParams, columnsFinish(p))

// the name states whether a and b are contiguous in k
OP_KERNEL(matMul_kk, 256, GemmParams, matMul<true, true>(p))
OP_KERNEL(matMul_kn, 256, GemmParams, matMul<true, false>(p))
OP_KERNEL(matMul_mk, 256, GemmParams, matMul<false, true>(p))
OP_KERNEL(matMul_mn, 256, GemmParams, matMul<false, false>(p))
OP_KERNEL(convolution_all, 256, GemmParams, convolution(p))
OP_KERNEL(convolution_gradInput, 256, GemmParams, convolutionGradInput(p))
OP_KERNEL(convolution_gradFilter, 256, GemmParams, convolutionGradFilter(p))
OP_KERNEL(sumSplits_all, 256, GemmParams, sumSplits(p))

OP_KERNEL(depthwise_all, 256, DepthwiseParams, depthwise(p))
OP_KERNEL(depthwise_gradInput, 256, DepthwiseParams, depthwiseGradInput(p))
OP_KERNEL(pool_max, 256, PoolParams, pool<false>(p))
OP_KERNEL(pool_mean, 256, PoolParams, pool<true>(p))
