// The passes between segments: each thread processes the segments of one picture, direction, state and channel for all grids.
// Few threads process many segments, so the next segments' values are prefetched. Grid: (n, d) in blocks, directions, pictures.
// Shared memory: one value per carry slot and thread.
#pragma once
#include "math.cuh"
#include "places.cuh"

constexpr int AHEAD = 8;

struct ChainPlace {
  int i;  // of (n, d)
  int channel;
  int state;
  int k;
  int b;
  float A2;
};

__device__ inline bool chainPlace(const ScanParams& p, ChainPlace& at) {
  at.i = blockIdx.x * blockDim.x + threadIdx.x;
  if (at.i >= p.states * p.channels) return false;
  at.channel = at.i % p.channels;
  at.state = at.i / p.channels;
  at.k = blockIdx.y;
  at.b = blockIdx.z;
  at.A2 = __ldg(p.A + (at.k * p.channels + at.channel) * p.states + at.state) * LOG2E;
  return true;
}

// The mean over grids of the states that enter each segment; if `differences` is given, also the differences of the grids' states.
__device__ inline void chain(const ScanParams& p) {
  DYNAMIC_SHARED(carry);
  ChainPlace at;
  if (!chainPlace(p, at)) return;
  const int count = segmentsOf(p, at.k);
  const size_t width = size_t(p.states) * p.channels;
  float* carries = p.carries + rowOf(p, at.b, at.k, 0) * width + at.i;
  const float* sums = p.sums + rowOf(p, at.b, at.k, 0) * p.channels + at.channel;
  float* differences = p.differences ? p.differences + rowOf(p, at.b, at.k, 0) * width + at.i : nullptr;
  for (int first = 0; first < count; first += AHEAD) {
    float own[AHEAD], decay[AHEAD];
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      const int s = min(first + j, count - 1);
      own[j] = carries[s * width];
      decay[j] = exp2f(at.A2 * sums[size_t(s) * p.channels]);
    }
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      const int s = first + j;
      if (s < count) {
        const int* plan = planOf(p, at.k, s) + 3;
        float mean = 0.0f, ofFirst = 0.0f;
        for (int g = 0; g < p.grids; g++) {
          float* slot = carry + __ldg(plan + 2 * g) * blockDim.x + threadIdx.x;
          const float entering = __ldg(plan + 2 * g + 1) ? 0.0f : *slot;
          mean += __ldg(p.weights + g) * entering;
          if (g == 0) ofFirst = entering;
          else if (differences) differences[(g - 1) * sizeOfStates(p) + s * width] = entering - ofFirst;
          *slot = decay[j] * entering + own[j];
        }
        carries[s * width] = mean;
      }
    }
  }
  if (p.last) {
    const float* slot = carry + __ldg(planOf(p, at.k, count - 1) + 3) * blockDim.x + threadIdx.x;
    p.last[(size_t(at.b) * p.channels + at.channel) * p.states + at.state] = *slot;
  }
}

// The same in reverse: the adjoint that enters each segment's end over all grids, and the constant K that couples the grids. With
// e_g the adjoint of grid g's state, E their sum and c_g - c_0 the differences, K = P · sum over g > 0 of (e_g - w_g E)(c_g - c_0).
__device__ inline void chainBack(const ScanParams& p) {
  DYNAMIC_SHARED(carry);
  ChainPlace at;
  if (!chainPlace(p, at)) return;
  const int count = segmentsOf(p, at.k);
  const size_t width = size_t(p.states) * p.channels;
  float* arrivals = p.arrivals + rowOf(p, at.b, at.k, 0) * width + at.i;
  const float* sums = p.sums + rowOf(p, at.b, at.k, 0) * p.channels + at.channel;
  float* differences = p.differences ? p.differences + rowOf(p, at.b, at.k, 0) * width + at.i : nullptr;
  const size_t ofGrid = sizeOfStates(p);
  // no adjoint enters after the last segment of a sub-region, except the caller's for a sequence's last state
  for (int i = 0; i < p.slots; i++) carry[i * blockDim.x + threadIdx.x] = 0.0f;
  if (p.dLast)
    carry[__ldg(planOf(p, at.k, count - 1) + 3) * blockDim.x + threadIdx.x] =
        __ldg(p.dLast + (size_t(at.b) * p.channels + at.channel) * p.states + at.state);
  for (int first = 0; first < count; first += AHEAD) {
    float own[AHEAD], decay[AHEAD], difference[AHEAD];
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      const int s = count - 1 - min(first + j, count - 1);
      own[j] = arrivals[s * width];
      decay[j] = exp2f(at.A2 * sums[size_t(s) * p.channels]);
      difference[j] = differences ? differences[s * width] : 0.0f;  // of the second grid; more than two grids are rare
    }
#pragma unroll
    for (int j = 0; j < AHEAD; j++) {
      if (first + j < count) {
        const int s = count - 1 - first - j;
        const int* plan = planOf(p, at.k, s) + 3;
        float total = 0.0f, mixed = 0.0f;
        for (int g = 0; g < p.grids; g++) total += carry[__ldg(plan + 2 * g) * blockDim.x + threadIdx.x];
        for (int g = 0; g < p.grids; g++) {
          float* slot = carry + __ldg(plan + 2 * g) * blockDim.x + threadIdx.x;
          const float weight = __ldg(p.weights + g);
          const float arrives = *slot;
          if (g == 1) mixed += (arrives - weight * total) * difference[j];
          if (g > 1) mixed += (arrives - weight * total) * differences[(g - 1) * ofGrid + s * width];
          *slot = __ldg(plan + 2 * g + 1) ? 0.0f : weight * own[j] + decay[j] * arrives;
        }
        arrivals[s * width] = total;
        if (differences) differences[s * width] = decay[j] * mixed;
      }
    }
  }
}
