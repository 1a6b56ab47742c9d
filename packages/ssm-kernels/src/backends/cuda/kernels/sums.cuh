// The second pass of sums: always in the same order, so that gradients are bit-identical in every run.
#pragma once
#include "places.cuh"

// dB and dC from the slices of the blocks of channels. Grid: elements of B in blocks.
__device__ inline void sumSlices(const ScanParams& p) {
  const size_t size = sizeOfB(p);
  const size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= size) return;
  float B = 0.0f, C = 0.0f;
  for (int block = 0; block < p.blocks; block++) {
    B += p.slices[2 * block * size + i];
    C += p.slices[(2 * block + 1) * size + i];
  }
  p.dB[i] = B;
  p.dC[i] = C;
}

// Adjacent threads, and threads that share a column of the sum.
constexpr int COLUMNS = 32;
constexpr int SHARES = 8;

// Column `column` of the segments' rows of `width` values, summed over all pictures, which are `stride` rows apart. All threads
// of a block must call it; those with threadIdx.y = 0 return the sum.
__device__ inline float sumOfRows(const ScanParams& p, const float* from, int column, int width, int rows, size_t stride) {
  DYNAMIC_SHARED(shared);
  float sum = 0.0f;
  if (column < width)
    for (int b = 0; b < p.pictures; b++) {
      const float* picture = from + size_t(b) * stride * width + column;
#pragma unroll 4
      for (int s = threadIdx.y; s < rows; s += SHARES) sum += picture[size_t(s) * width];
    }
  shared[threadIdx.y * COLUMNS + threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y == 0)
    for (int share = 1; share < SHARES; share++) sum += shared[share * COLUMNS + threadIdx.x];
  return sum;
}

// dA, dbias and dD from the segments' parts. Grid: (n, d) in blocks of COLUMNS, directions, 0: A, 1: bias, 2: D.
// Block: COLUMNS × SHARES.
__device__ inline void sumParameters(const ScanParams& p) {
  const int column = blockIdx.x * COLUMNS + threadIdx.x;
  const int k = blockIdx.y;
  const int states = blockIdx.z == 0 ? p.states : 1;
  const int width = states * p.channels;
  // the threads of a block synchronise: a branch may depend only on the block
  if (blockIdx.x * COLUMNS >= width || (blockIdx.z == 1 && !p.dbias) || (blockIdx.z == 2 && (k > 0 || !p.dD))) return;
  const size_t most = mostSegments(p);
  const float* from = blockIdx.z == 0   ? p.arrivals + rowOf(p, 0, k, 0) * width
                      : blockIdx.z == 1 ? p.sums + rowOf(p, 0, k, 0) * width
                                        : p.skips;
  const size_t stride = blockIdx.z == 2 ? most : p.directions * most;
  const float sum = sumOfRows(p, from, column, width, segmentsOf(p, k), stride);
  if (threadIdx.y > 0 || column >= width) return;
  const int channel = column % p.channels;
  if (blockIdx.z == 0) {
    float* to = p.dA + (k * p.channels + channel) * p.states + column / p.channels;
    *to = p.add ? *to + sum : sum;
  } else if (blockIdx.z == 1) {
    float* to = p.dbias + k * p.channels + channel;
    *to = p.add ? *to + sum : sum;
  } else {
    // every direction multiplies the same u by D, so dD is the same for all
    for (int direction = 0; direction < p.directions; direction++) {
      float* to = p.dD + direction * p.channels + channel;
      *to = p.add ? *to + sum : sum;
    }
  }
}
