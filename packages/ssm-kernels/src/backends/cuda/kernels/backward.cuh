// The passes that compute the gradients of u, delta, B and C, and the parts of those of A, D and bias.
#pragma once
#include "math.cuh"
#include "places.cuh"

// `summary`, and in the same traversal the adjoint a segment passes to the state before it if none enters at its end: the sum over t
// of P_t C_t dy_t, with P_t the product of exp(dt A) from the segment's start to t. One exponential serves both.
template <int STATES>
__device__ inline void summaryBoth(const ScanParams& p) {
  const Place at = placeOf(p);
  const int k = blockIdx.y;
  const int b = blockIdx.z;
  if (!at.valid || at.segment >= segmentsOf(p, k)) return;
  const Walk walk = walkOf(p, at, b, k, at.segment);
  const size_t row = rowOf(p, b, k, at.segment);
  for (int n = 0; n < p.states; n += STATES) {
    float A2[STATES], h[STATES], decay[STATES], sent[STATES];
    loadRow(A2, p.A + (k * p.channels + at.channel) * p.states + n);
#pragma unroll
    for (int i = 0; i < STATES; i++) {
      A2[i] *= LOG2E;
      h[i] = 0.0f;
      decay[i] = 1.0f;
      sent[i] = 0.0f;
    }
    float sum = 0.0f;
    for (int t = 0; t < walk.length; t++) {
      float B[STATES], C[STATES];
      loadRow(B, p.B + walk.bFirst + t * walk.bStep + n);
      loadRow(C, p.C + walk.bFirst + t * walk.bStep + n);
      const size_t pixel = walk.uFirst + t * walk.uStep;
      const float dt = stepAt(p, walk, t);
      const float x = dt * __ldg(p.u + pixel);
      const float dy = __ldg(p.dy + pixel);
      sum += dt;
#pragma unroll
      for (int i = 0; i < STATES; i++) {
        const float a = exp2f(dt * A2[i]);
        h[i] = a * h[i] + x * B[i];
        decay[i] *= a;
        sent[i] += decay[i] * (C[i] * dy);
      }
    }
    if (n == 0) p.sums[row * p.channels + at.channel] = sum;
#pragma unroll
    for (int i = 0; i < STATES; i++) {
      const size_t to = (row * p.states + n + i) * p.channels + at.channel;
      p.carries[to] = h[i];
      p.arrivals[to] = sent[i];
    }
  }
}

// Number of states whose sums over a block's channels are written together.
constexpr int TILE = 16;

// Positions `first` to first + STEPS of a segment. Those past its end have dt = x = g = 0: they do not change a state and
// contribute nothing. The same holds for all positions of a thread past the last channel, which takes part in the sums only.
template <int STEPS>
struct Chunk {
  float dt[STEPS];
  float x[STEPS];  // dt u
  float g[STEPS];  // dy

  __device__ inline void load(const ScanParams& p, const Walk& walk, int first, bool valid) {
#pragma unroll
    for (int i = 0; i < STEPS; i++) {
      const bool inside = valid && first + i < walk.length;
      const int t = min(first + i, walk.length - 1);
      const size_t pixel = walk.uFirst + t * walk.uStep;
      dt[i] = inside ? stepAt(p, walk, t) : 0.0f;
      x[i] = dt[i] * __ldg(p.u + pixel);
      g[i] = inside ? __ldg(p.dy + pixel) : 0.0f;
    }
  }
};

// The offset of the row of B and C at position first + i of a segment, or of its last one.
__device__ inline size_t rowAt(const Walk& walk, int first, int i) {
  return walk.bFirst + min(first + i, walk.length - 1) * walk.bStep;
}

// du, ddelta, dB, dC (or their slices), and a segment's parts of dA, dbias and dD. One thread computes segment s of direction k and
// its mirror of direction k + 2, as in `output`. A segment is processed in chunks of STEPS positions held in registers, from the
// last to the first; if it has several, a first traversal stores the state that enters each chunk in shared memory.
// Grid: blocks of channels × segments of the axis, 1, pictures. Shared memory: ScanLayout.gradientShared of src/backends/cuda/scan/scanLayout.ts.
template <int STEPS>
__device__ inline void gradient(const ScanParams& p) {
  DYNAMIC_SHARED(shared);
  const Place at = placeOf(p);
  const int b = blockIdx.z;
  const int threads = blockDim.x;
  const int warps = threads / 32;
  const int lane = threadIdx.x & 31;
  const int warp = threadIdx.x >> 5;
  constexpr int ROW = 2 * STEPS + 1;  // one more than the values of a state, to avoid bank conflicts between adjacent states
  float* const partials = shared;
  const int side = warps * TILE * ROW;
  // [chunk boundary][state][thread]: the state that enters the next chunk, later the adjoint that leaves that chunk
  float* const boundaries = shared + 2 * side + threadIdx.x;
  const int chunksAtMost = (p.longest + STEPS - 1) / STEPS;
  // [state][thread]: dA of the finished chunks
  float* const tally = boundaries + (chunksAtMost - 1) * p.states * threads;
  const float skip = skipOf(p, at.channel);
  int round = 0;
  for (int k = p.axis; k < p.directions; k += 2) {
    const int s = k < 2 ? at.segment : segmentsOf(p, k) - 1 - at.segment;
    const Walk walk = walkOf(p, at, b, k, s);
    const size_t row = rowOf(p, b, k, s);
    const float* const A = p.A + (k * p.channels + at.channel) * p.states;
    const int chunks = (walk.length + STEPS - 1) / STEPS;
    Chunk<STEPS> now;
    for (int chunk = 0; chunk < chunks - 1; chunk++) {
      now.load(p, walk, chunk * STEPS, at.valid);
      for (int n = 0; n < p.states; n++) {
        const float A2 = __ldg(A + n) * LOG2E;
        float h = chunk == 0 ? p.carries[(row * p.states + n) * p.channels + at.channel]
                             : boundaries[((chunk - 1) * p.states + n) * threads];
#pragma unroll
        for (int i = 0; i < STEPS; i++)
          h = exp2f(now.dt[i] * A2) * h + now.x[i] * __ldg(p.B + rowAt(walk, chunk * STEPS, i) + n);
        boundaries[(chunk * p.states + n) * threads] = h;
      }
    }
    float sumBias = 0.0f, sumSkip = 0.0f;
    for (int chunk = chunks - 1; chunk >= 0; chunk--) {
      const int first = chunk * STEPS;
      now.load(p, walk, first, at.valid);
      float sumB[STEPS], sumQ[STEPS];  // over n of lambda B, and of A q
#pragma unroll
      for (int i = 0; i < STEPS; i++) sumB[i] = sumQ[i] = 0.0f;
      for (int n = 0; n < p.states; n++) {
        const size_t state = (row * p.states + n) * p.channels + at.channel;
        const float An = __ldg(A + n);
        float B[STEPS], a[STEPS], decayed[STEPS];  // decayed: a h of the previous position
        float h = chunk == 0 ? p.carries[state] : boundaries[((chunk - 1) * p.states + n) * threads];
#pragma unroll
        for (int i = 0; i < STEPS; i++) {
          B[i] = __ldg(p.B + rowAt(walk, first, i) + n);
          a[i] = exp2f(now.dt[i] * (An * LOG2E));
          decayed[i] = a[i] * h;
          h = decayed[i] + now.x[i] * B[i];
        }
        float arrives = 0.0f, K = 0.0f, sumA = 0.0f;
        if (at.valid) {
          if (p.differences) K = p.differences[state];
          if (chunk == chunks - 1) {
            arrives = p.arrivals[state];
          } else {
            arrives = boundaries[(chunk * p.states + n) * threads];
            sumA = tally[n * threads];
          }
        }
        float terms[2 * STEPS];  // of dB, then of dC
#pragma unroll
        for (int i = STEPS - 1; i >= 0; i--) {
          const float lambda = __ldg(p.C + rowAt(walk, first, i) + n) * now.g[i] + arrives;
          const float q = lambda * decayed[i] + K;
          sumB[i] += lambda * B[i];
          sumQ[i] += An * q;
          sumA += now.dt[i] * q;
          terms[i] = lambda * now.x[i];
          terms[STEPS + i] = now.g[i] * (decayed[i] + now.x[i] * B[i]);
          arrives = a[i] * lambda;
        }
        if (chunk > 0) {
          boundaries[((chunk - 1) * p.states + n) * threads] = arrives;
          tally[n * threads] = sumA;
        } else if (at.valid) {
          p.arrivals[state] = sumA;
        }
        float* const to = partials + (round & 1) * side;
        const float sum = sumOverWarp(terms);
        constexpr int SHARE = 32 / (2 * STEPS);  // lanes with the same sum
        if (lane % SHARE == 0) to[(warp * TILE + n % TILE) * ROW + lane / SHARE] = sum;
        if (n % TILE == TILE - 1 || n == p.states - 1) {
          // Double buffer: a thread one round ahead writes to the side that nobody reads any more.
          __syncthreads();
          const int states = n % TILE + 1;
          for (int j = threadIdx.x; j < states * 2 * STEPS; j += threads) {
            const int ofState = j % states;
            const int term = j / states;
            if (first + term % STEPS >= walk.length) continue;
            float total = 0.0f;
            for (int w = 0; w < warps; w++) total += to[(w * TILE + ofState) * ROW + term];
            const size_t i = rowAt(walk, first, term % STEPS) + n - (states - 1) + ofState;
            if (p.slices) p.slices[(2 * at.block + term / STEPS) * sizeOfB(p) + i] = total;
            else if (term < STEPS) p.dB[i] = total;
            else p.dC[i] = total;
          }
          round++;
        }
      }
      if (at.valid) {
#pragma unroll
        for (int i = 0; i < STEPS; i++) {
          if (first + i < walk.length) {
            const size_t pixel = walk.uFirst + (first + i) * walk.uStep;
            const float u = __ldg(p.u + pixel);
            float slope = sumQ[i] + u * sumB[i];
            if (p.softplus) slope *= softplusSlope(now.dt[i]);
            p.ddelta[walk.deltaFirst + (first + i) * walk.deltaStep] = slope;
            sumBias += slope;
            sumSkip += u * now.g[i];
            p.du[pixel] = sumB[i] * now.dt[i] + (k == 0 ? skip * now.g[i] : p.du[pixel]);
          }
        }
      }
    }
    if (at.valid) {
      p.sums[row * p.channels + at.channel] = sumBias;
      if (k == 0) p.skips[(size_t(b) * mostSegments(p) + s) * p.channels + at.channel] = sumSkip;
    }
  }
}
