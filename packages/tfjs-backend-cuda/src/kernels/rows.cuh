// Contiguous rows, each reduced to one value. Sums are in float64 and always in the same order.
// Block: lanes of a row × rows. Grid: blocks of rows, splits. Shared memory: one double per thread.
#pragma once
#include "elementwise.cuh"
#include "shared.cuh"

struct Sum {
  static __device__ inline double none() { return 0.0; }
  static __device__ inline double join(double a, double b) { return a + b; }
};

struct Largest {
  static __device__ inline double none() { return -INFINITY; }
  static __device__ inline double join(double a, double b) { return larger(a, b); }
};

struct Smallest {
  static __device__ inline double none() { return INFINITY; }
  static __device__ inline double join(double a, double b) { return smaller(a, b); }
};

struct Product {
  static __device__ inline double none() { return 1.0; }
  static __device__ inline double join(double a, double b) { return a * b; }
};

template <class X, class Join>
__device__ inline void rowsReduce(const RowsParams& p) {
  DYNAMIC_SHARED(shared);
  double* const own = reinterpret_cast<double*>(shared) + threadIdx.y * blockDim.x;
  const int row = blockIdx.x * blockDim.y + threadIdx.y;
  double sum = Join::none();
  if (row < p.rows) {
    const X* from = static_cast<const X*>(p.x) + size_t(row) * p.length;
    const int step = blockDim.x * p.splits;
    for (int i = blockIdx.y * blockDim.x + threadIdx.x; i < p.length; i += step) sum = Join::join(sum, double(__ldg(from + i)));
  }
  own[threadIdx.x] = sum;
  for (int half = blockDim.x / 2; half > 0; half /= 2) {
    __syncthreads();
    if (int(threadIdx.x) < half) own[threadIdx.x] = Join::join(own[threadIdx.x], own[threadIdx.x + half]);
  }
  if (threadIdx.x == 0 && row < p.rows) p.partial[size_t(row) * p.splits + blockIdx.y] = own[0];
}

template <class Y, class Join>
__device__ inline void rowsFinish(const RowsParams& p) {
  const int row = numberOfThread();
  if (row >= p.rows) return;
  double sum = Join::none();
  for (int i = 0; i < p.splits; i++) sum = Join::join(sum, p.partial[size_t(row) * p.splits + i]);
  static_cast<Y*>(p.y)[row] = Y(sum * p.factor);
}
