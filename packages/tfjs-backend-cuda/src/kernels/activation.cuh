#pragma once

__device__ inline float sigmoidOf(float x) {
  return 1.0f / (1.0f + expf(-x));
}

__device__ inline float siluOf(float x) {
  return x * sigmoidOf(x);
}

// d silu / dx
__device__ inline float siluSlope(float x) {
  const float s = sigmoidOf(x);
  return s * (1.0f + x * (1.0f - s));
}

// activation of GemmParams
__device__ inline float activated(float x, int activation) {
  switch (activation) {
    case 1: return x < 0.0f ? 0.0f : x;
    case 2: return x < 0.0f ? 0.0f : x > 6.0f ? 6.0f : x;
    case 3: return x < 0.0f ? expm1f(x) : x;
    case 4: return sigmoidOf(x);
  }
  return x;
}
