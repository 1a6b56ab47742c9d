// Column sums, in float64 and always in the same order. Block: 32 channels × 8. Grid: blocks of channels, groups ×
// splits, outputs computed one by one. Shared memory: COUNT doubles per thread.
#pragma once
#include "elementwise.cuh"
#include "shared.cuh"

constexpr int COLUMN_THREADS = 32;
constexpr int ROW_THREADS = 8;

struct Plain {
  static constexpr int COUNT = 1;
  static __device__ inline void of(const ColumnsParams& p, int, size_t, size_t at, int, float (&terms)[1]) { terms[0] = __ldg(p.x + at); }
};

// for a depthwise convolution: the gradient terms of a tap; a row is an output pixel, an output is a tap
struct Tap {
  static constexpr int COUNT = 1;
  static __device__ inline void of(const ColumnsParams& p, int, size_t row, size_t at, int channel, float (&terms)[1]) {
    const int pixel = int(row);
    const int tap = blockIdx.z;
    const int picture = pixel / (p.outHeight * p.outWidth);
    const int inside = pixel - picture * p.outHeight * p.outWidth;
    const int y = inside / p.outWidth * p.strideY - p.padTop + tap / p.kernelWidth * p.dilationY;
    const int x = inside % p.outWidth * p.strideX - p.padLeft + tap % p.kernelWidth * p.dilationX;
    terms[0] = 0.0f;
    if (y < 0 || y >= p.height || x < 0 || x >= p.width) return;
    const size_t from = (size_t(picture) * p.height + y) * p.width + x;
    terms[0] = __ldg(p.dy + at) * __ldg(p.x + from * (p.channels / p.multiplier) + channel / p.multiplier);
  }
};

template <class Term>
__device__ inline void columns(const ColumnsParams& p) {
  DYNAMIC_SHARED(shared);
  constexpr int COUNT = Term::COUNT;
  double* const own = reinterpret_cast<double*>(shared) + threadIdx.x;
  const int channel = blockIdx.x * COLUMN_THREADS + threadIdx.x;
  const int group = blockIdx.y / p.splits;
  const int split = blockIdx.y % p.splits;
  double sums[COUNT];
#pragma unroll
  for (int i = 0; i < COUNT; i++) sums[i] = 0.0;
  if (channel < p.channels)
    for (int r = split * ROW_THREADS + threadIdx.y; r < p.rows; r += p.splits * ROW_THREADS) {
      const size_t row = size_t(group) * p.rows + r;
      float terms[COUNT];
      Term::of(p, group, row, row * p.channels + channel, channel, terms);
#pragma unroll
      for (int i = 0; i < COUNT; i++) sums[i] += double(terms[i]);
    }
#pragma unroll
  for (int i = 0; i < COUNT; i++) own[(i * ROW_THREADS + threadIdx.y) * COLUMN_THREADS] = sums[i];
  __syncthreads();
  if (threadIdx.y > 0 || channel >= p.channels) return;
#pragma unroll
  for (int i = 0; i < COUNT; i++) {
    double sum = 0.0;
    for (int j = 0; j < ROW_THREADS; j++) sum += own[(i * ROW_THREADS + j) * COLUMN_THREADS];
    const size_t output = size_t(blockIdx.z) * COUNT + i;
    p.partial[((output * p.groups + group) * p.splits + split) * p.channels + channel] = sum;
  }
}

// Grid: values of (outputs, groups, channels) in blocks.
__device__ inline void columnsFinish(const ColumnsParams& p) {
  const int i = numberOfThread();
  if (i >= p.outputs * p.groups * p.channels) return;
  const int channel = i % p.channels;
  const size_t outer = i / p.channels;
  double sum = 0.0;
  for (int split = 0; split < p.splits; split++) sum += p.partial[(outer * p.splits + split) * p.channels + channel];
  const int first = p.ofFirst * p.groups * p.channels;
  float* const to = i < first ? p.first + i : p.second + (i - first);
  *to = float(sum * p.factor);
}
