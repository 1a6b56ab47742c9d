// One thread per value.
#pragma once
#include "activation.cuh"
#include "opParams.cuh"

// NVRTC has no math.h
#ifndef INFINITY
#define INFINITY __int_as_float(0x7f800000)
#endif

__device__ inline int numberOfThread() {
  return int(blockIdx.x * blockDim.x + threadIdx.x);
}

__device__ inline void fill(const FillParams& p) {
  const int i = numberOfThread();
  if (i < p.count) p.y[i] = p.bits;
}

template <class X, class Y, class F>
__device__ inline void unary(const UnaryParams& p, F f) {
  const int i = numberOfThread();
  if (i < p.count) static_cast<Y*>(p.y)[i] = f(__ldg(static_cast<const X*>(p.x) + i));
}

template <class X, class Y, class F>
__device__ inline void binary(const BinaryParams& p, F f) {
  const int i = numberOfThread();
  if (i >= p.count) return;
  int rest = i;
  size_t a = 0, b = 0;
#pragma unroll
  for (int axis = MOST_AXES - 1; axis > 0; axis--) {
    if (axis >= p.rank) continue;
    const int before = rest / p.sizes[axis];
    const int at = rest - before * p.sizes[axis];
    a += size_t(at) * p.aStrides[axis];
    b += size_t(at) * p.bStrides[axis];
    rest = before;
  }
  a += size_t(rest) * p.aStrides[0];
  b += size_t(rest) * p.bStrides[0];
  static_cast<Y*>(p.y)[i] = f(__ldg(static_cast<const X*>(p.a) + a), __ldg(static_cast<const X*>(p.b) + b));
}

__device__ inline void copyStrided(const CopyParams& p) {
  const int i = numberOfThread();
  if (i >= p.count) return;
  int rest = i;
  long long from = p.xFirst, to = p.yFirst;
#pragma unroll
  for (int axis = MOST_AXES - 1; axis > 0; axis--) {
    if (axis >= p.rank) continue;
    const int before = rest / p.sizes[axis];
    const int at = rest - before * p.sizes[axis];
    from += (long long)at * p.xStrides[axis];
    to += (long long)at * p.yStrides[axis];
    rest = before;
  }
  from += (long long)rest * p.xStrides[0];
  to += (long long)rest * p.yStrides[0];
  p.y[to] = __ldg(p.x + from);
}

// 0 where the index is out of range, as on WebGPU: it is in the GPU's memory, where no error can be raised
__device__ inline void gatherRows(const GatherParams& p) {
  const int i = numberOfThread();
  if (i >= p.count) return;
  const int row = i / p.each;
  const int outer = row / p.taken;
  const int index = __ldg(p.indices + size_t(outer / p.outerOfBatch) * p.taken + (row - outer * p.taken));
  const bool inRange = index >= 0 && index < p.size;
  p.y[i] = inRange ? __ldg(p.x + (size_t(outer) * p.size + index) * p.each + (i - row * p.each)) : 0;
}

__device__ inline void selectNumbers(const SelectParams& p) {
  const int i = numberOfThread();
  if (i < p.count) p.y[i] = __ldg((__ldg(p.condition + i / p.each) ? p.yes : p.no) + i);
}

// NaN if either is, as in JavaScript
template <class T>
__device__ inline T larger(T a, T b) {
  return a != a || a > b ? a : b;
}

template <class T>
__device__ inline T smaller(T a, T b) {
  return a != a || a < b ? a : b;
}

// ties to even
__device__ inline float roundHalfEven(float x) {
  return rintf(x);
}

// floor of the quotient; 0 if b is 0, since integers have no infinity
__device__ inline int floorDivide(int a, int b) {
  if (b == 0) return 0;
  const int quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

// with the sign of b
__device__ inline int modulo(int a, int b) {
  return b == 0 ? 0 : a - floorDivide(a, b) * b;
}

__device__ inline float modulo(float a, float b) {
  const float rest = fmodf(a, b);
  return rest != 0.0f && (rest < 0.0f) != (b < 0.0f) ? rest + b : rest;
}

// clamped to int, towards zero; NaN is 0
__device__ inline int truncated(float x) {
  return x != x ? 0 : x >= 2147483648.0f ? 2147483647 : x < -2147483648.0f ? -2147483647 - 1 : int(x);
}
