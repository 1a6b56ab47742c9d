#pragma once
#include "elementwise.cuh"
#include "math.cuh"

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

struct ChannelPlace {
  int i;
  int channel;
  int ofGroup;
  float n;
  float scale;
};

__device__ inline bool channelPlace(const ChannelNormParams& p, ChannelPlace& at) {
  at.i = numberOfThread();
  if (at.i >= p.count) return false;
  const int row = at.i / p.channels;
  at.channel = at.i - row * p.channels;
  at.ofGroup = row / p.rows * p.channels + at.channel;
  at.scale = 1.0f / sqrtf(__ldg(p.variance + at.ofGroup) + p.epsilon);
  at.n = (__ldg(p.x + at.i) - __ldg(p.mean + at.ofGroup)) * at.scale;
  return true;
}

__device__ inline void channelNorm(const ChannelNormParams& p) {
  ChannelPlace at;
  if (!channelPlace(p, at)) return;
  const float y = p.gamma ? at.n * __ldg(p.gamma + at.channel) + __ldg(p.beta + at.channel) : at.n;
  p.y[at.i] = p.silu ? siluOf(y) : y;
}

__device__ inline void channelNormGrad(const ChannelNormParams& p) {
  ChannelPlace at;
  if (!channelPlace(p, at)) return;
  const float d = __ldg(p.dy + at.i) * (p.silu ? siluSlope(at.n) : 1.0f);
  const float mean = __ldg(p.meanDn + at.ofGroup) * p.meanFactor;
  const float meanN = __ldg(p.meanDnN + at.ofGroup) * p.meanFactor;
  const float gamma = p.gamma ? __ldg(p.gamma + at.channel) : 1.0f;
  p.y[at.i] = (d - mean - at.n * meanN) * at.scale * gamma;
}
