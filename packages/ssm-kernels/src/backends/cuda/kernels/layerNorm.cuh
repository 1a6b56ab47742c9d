// Normalisations of rows, with or without a gate.
#pragma once
#include "columns.cuh"
#include "elementwise.cuh"
#include "math.cuh"
#include "trainingParams.cuh"

__device__ inline float warpSum(float x) {
  const float numbers[1] = {x};
  return sumOverWarp(numbers);
}

// One warp per row. Block: 32 × rows. Grid: rows in blocks.
struct RowOf {
  int row;
  size_t first;
  float mean;
  float scale;
};

// Mean and 1/deviation of the warp's row. The mean is corrected once, for precision where it is far from zero.
__device__ inline bool rowOfWarp(const LayerNormParams& p, RowOf& at) {
  at.row = blockIdx.x * blockDim.y + threadIdx.y;
  if (at.row >= p.rows) return false;
  at.first = size_t(at.row) * p.channels;
  float sum = 0.0f;
  for (int i = threadIdx.x; i < p.channels; i += 32) sum += __ldg(p.x + at.first + i);
  const float near = warpSum(sum) / float(p.channels);
  sum = 0.0f;
  for (int i = threadIdx.x; i < p.channels; i += 32) sum += __ldg(p.x + at.first + i) - near;
  at.mean = near + warpSum(sum) / float(p.channels);
  sum = 0.0f;
  for (int i = threadIdx.x; i < p.channels; i += 32) {
    const float distance = __ldg(p.x + at.first + i) - at.mean;
    sum += distance * distance;
  }
  at.scale = 1.0f / sqrtf(warpSum(sum) / float(p.channels) + p.epsilon);
  return true;
}

__device__ inline void layerNorm(const LayerNormParams& p) {
  RowOf at;
  if (!rowOfWarp(p, at)) return;
  for (int i = threadIdx.x; i < p.channels; i += 32) {
    const float y = (__ldg(p.x + at.first + i) - at.mean) * at.scale * __ldg(p.gamma + i) + __ldg(p.beta + i);
    p.y[at.first + i] = p.z ? y * siluOf(__ldg(p.z + at.first + i)) : y;
  }
}

// dx, dz and the row's stats, from which LayerArrivals computes the gradients of gamma and beta
__device__ inline void layerNormGrad(const LayerNormParams& p) {
  RowOf at;
  if (!rowOfWarp(p, at)) return;
  float sum = 0.0f, sumN = 0.0f;
  for (int i = threadIdx.x; i < p.channels; i += 32) {
    const float n = (__ldg(p.x + at.first + i) - at.mean) * at.scale;
    const float gate = p.z ? siluOf(__ldg(p.z + at.first + i)) : 1.0f;
    const float dn = __ldg(p.dy + at.first + i) * gate * __ldg(p.gamma + i);
    sum += dn;
    sumN += dn * n;
  }
  const float mean = warpSum(sum) / float(p.channels);
  const float meanN = warpSum(sumN) / float(p.channels);
  for (int i = threadIdx.x; i < p.channels; i += 32) {
    const float n = (__ldg(p.x + at.first + i) - at.mean) * at.scale;
    const float dy = __ldg(p.dy + at.first + i);
    const float z = p.z ? __ldg(p.z + at.first + i) : 0.0f;
    const float dn = dy * (p.z ? siluOf(z) : 1.0f) * __ldg(p.gamma + i);
    p.y[at.first + i] = (dn - mean - n * meanN) * at.scale;
    if (p.z) p.dz[at.first + i] = dy * (n * __ldg(p.gamma + i) + __ldg(p.beta + i)) * siluSlope(z);
  }
  if (threadIdx.x == 0) {
    p.stats[2 * size_t(at.row)] = at.mean;
    p.stats[2 * size_t(at.row) + 1] = at.scale;
  }
}

// for a row's normalisation: the gradient terms of beta and gamma
struct LayerArrivals {
  static constexpr int COUNT = 2;
  static __device__ inline void of(const ColumnsParams& p, int, size_t row, size_t at, int, float (&terms)[2]) {
    const float n = (__ldg(p.x + at) - __ldg(p.stats + 2 * row)) * __ldg(p.stats + 2 * row + 1);
    terms[0] = __ldg(p.dy + at) * (p.z ? siluOf(__ldg(p.z + at)) : 1.0f);
    terms[1] = terms[0] * n;
  }
};
