// The two passes that compute y. STATES states are in registers at a time, a divisor of the number of states: 16, 8, 4 or 1.
#pragma once
#include "math.cuh"
#include "places.cuh"

// A segment's end state from zero, and its sum of dt. Grid: blocks of channels × segments, directions, pictures.
template <int STATES>
__device__ inline void summary(const ScanParams& p) {
  const Place at = placeOf(p);
  const int k = blockIdx.y;
  const int b = blockIdx.z;
  if (!at.valid || at.segment >= segmentsOf(p, k)) return;
  const Walk walk = walkOf(p, at, b, k, at.segment);
  const size_t row = rowOf(p, b, k, at.segment);
  for (int n = 0; n < p.states; n += STATES) {
    float A2[STATES], h[STATES];
    loadRow(A2, p.A + (k * p.channels + at.channel) * p.states + n);
#pragma unroll
    for (int i = 0; i < STATES; i++) {
      A2[i] *= LOG2E;
      h[i] = 0.0f;
    }
    float sum = 0.0f;
#pragma unroll 2
    for (int t = 0; t < walk.length; t++) {
      float B[STATES];
      loadRow(B, p.B + walk.bFirst + t * walk.bStep + n);
      const float dt = stepAt(p, walk, t);
      const float x = dt * __ldg(p.u + walk.uFirst + t * walk.uStep);
      sum += dt;
#pragma unroll
      for (int i = 0; i < STATES; i++) h[i] = exp2f(dt * A2[i]) * h[i] + x * B[i];
    }
    if (n == 0) p.sums[row * p.channels + at.channel] = sum;
#pragma unroll
    for (int i = 0; i < STATES; i++) p.carries[(row * p.states + n + i) * p.channels + at.channel] = h[i];
  }
}

// y, from the mean states that enter the segments. Segment s of direction k and its mirror of direction k + 2 cover the same
// pixels: one thread computes both, so that no two threads add to the same value. Rows first, then columns, which add.
// Grid: blocks of channels × segments of the axis, 1, pictures.
template <int STATES>
__device__ inline void output(const ScanParams& p) {
  const Place at = placeOf(p);
  const int b = blockIdx.z;
  if (!at.valid || at.segment >= segmentsOf(p, p.axis)) return;
  const float skip = skipOf(p, at.channel);
  for (int k = p.axis; k < p.directions; k += 2) {
    const int s = k < 2 ? at.segment : segmentsOf(p, k) - 1 - at.segment;
    const Walk walk = walkOf(p, at, b, k, s);
    const size_t row = rowOf(p, b, k, s);
    for (int n = 0; n < p.states; n += STATES) {
      const bool writes = k == 0 && n == 0;
      float A2[STATES], h[STATES];
      loadRow(A2, p.A + (k * p.channels + at.channel) * p.states + n);
#pragma unroll
      for (int i = 0; i < STATES; i++) {
        A2[i] *= LOG2E;
        h[i] = p.carries[(row * p.states + n + i) * p.channels + at.channel];
      }
#pragma unroll 2
      for (int t = 0; t < walk.length; t++) {
        float B[STATES], C[STATES];
        loadRow(B, p.B + walk.bFirst + t * walk.bStep + n);
        loadRow(C, p.C + walk.bFirst + t * walk.bStep + n);
        const size_t i = walk.uFirst + t * walk.uStep;
        const float dt = stepAt(p, walk, t);
        const float u = __ldg(p.u + i);
        const float x = dt * u;
        float sum = writes ? skip * u : p.y[i];
#pragma unroll
        for (int j = 0; j < STATES; j++) {
          h[j] = exp2f(dt * A2[j]) * h[j] + x * B[j];
          sum += h[j] * C[j];
        }
        p.y[i] = sum;
      }
    }
  }
}
