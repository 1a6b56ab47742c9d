#pragma once

// exp(x) is computed as 2^(x log2 e): the GPU has an instruction for 2^x. --ftz=true compiles exp2f to that one instruction.
constexpr float LOG2E = 1.4426950408889634f;

__device__ inline float softplus(float x) {
  return fmaxf(x, 0.0f) + log1pf(exp2f(-fabsf(x) * LOG2E));
}

// the derivative of softplus where its value is `step`: 1 - exp(-step), without cancellation for a small step
__device__ inline float softplusSlope(float step) {
  return -expm1f(-step);
}

// Sums each of COUNT values over the 32 lanes of a warp: in each round a lane passes half of its values to the paired lane and
// receives that lane's other half, so that COUNT values take about COUNT exchanges instead of 5 COUNT. Lane l returns the sum of number l / (32 / COUNT). COUNT is a power of two, at most 32.
template <int COUNT, int DISTANCE = 16>
__device__ inline float sumOverWarp(const float (&numbers)[COUNT]) {
  if constexpr (DISTANCE == 0) {
    return numbers[0];
  } else if constexpr (COUNT == 1) {
    const float sum[1] = {numbers[0] + __shfl_xor_sync(0xffffffffu, numbers[0], DISTANCE)};
    return sumOverWarp<1, DISTANCE / 2>(sum);
  } else {
    constexpr int HALF = COUNT / 2;
    const bool upper = (threadIdx.x & DISTANCE) != 0;
    float sums[HALF];
#pragma unroll
    for (int i = 0; i < HALF; i++) {
      const float given = upper ? numbers[i] : numbers[i + HALF];
      const float kept = upper ? numbers[i + HALF] : numbers[i];
      sums[i] = kept + __shfl_xor_sync(0xffffffffu, given, DISTANCE);
    }
    return sumOverWarp<HALF, DISTANCE / 2>(sums);
  }
}
