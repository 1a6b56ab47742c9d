// One step of Adam or AdamW for all parameters at once, with clipping by the global norm.
#pragma once
#include "elementwise.cuh"
#include "shared.cuh"
#include "trainingParams.cuh"

// src/backends/cuda/tfjs/adamStepAll.ts writes the same
struct AdamTensor {
  const float* param;
  const float* grad;
  float* newParam;
  int first;  // of its moments
  int size;
  int decays;
  int unused;
};

constexpr int ADAM_THREADS = 256;
constexpr int ADAM_RUN = 2048;

struct AdamRun {
  AdamTensor tensor;
  int first;
  int end;
};

__device__ inline AdamRun runOfBlock(const AdamParams& p) {
  AdamRun run;
  run.tensor = static_cast<const AdamTensor*>(p.tensors)[__ldg(p.runs + 2 * blockIdx.x)];
  run.first = __ldg(p.runs + 2 * blockIdx.x + 1);
  run.end = min(run.first + ADAM_RUN, run.tensor.size);
  return run;
}

// The sum over the threads of a block, in its first one.
__device__ inline double sumOfBlock(double own) {
  DYNAMIC_SHARED(shared);
  double* const sums = reinterpret_cast<double*>(shared);
  sums[threadIdx.x] = own;
  for (int half = ADAM_THREADS / 2; half > 0; half /= 2) {
    __syncthreads();
    if (int(threadIdx.x) < half) sums[threadIdx.x] += sums[threadIdx.x + half];
  }
  return sums[0];
}

// in float64, where the square of a float32 neither overflows nor underflows
__device__ inline void adamSquares(const AdamParams& p) {
  const AdamRun run = runOfBlock(p);
  double sum = 0.0;
  for (int i = run.first + threadIdx.x; i < run.end; i += ADAM_THREADS) {
    const double g = double(__ldg(run.tensor.grad + i));
    sum += g * g;
  }
  sum = sumOfBlock(sum);
  if (threadIdx.x == 0) p.squares[blockIdx.x] = sum;
}

// Grid: one block.
__device__ inline void adamNorm(const AdamParams& p) {
  double sum = 0.0;
  for (int i = threadIdx.x; i < p.blocks; i += ADAM_THREADS) sum += p.squares[i];
  sum = sumOfBlock(sum);
  if (threadIdx.x == 0) *p.norm = float(sqrt(sum));
}

__device__ inline void adamUpdate(const AdamParams& p) {
  const AdamRun run = runOfBlock(p);
  const AdamTensor& t = run.tensor;
  const float norm = __ldg(p.norm);
  const bool finite = norm - norm == 0.0f;
  const float clip = p.clipNorm > 0.0f ? fminf(1.0f, p.clipNorm / (norm + 1e-6f)) : 1.0f;
  for (int i = run.first + threadIdx.x; i < run.end; i += ADAM_THREADS) {
    const int at = t.first + i;
    const float param = __ldg(t.param + i);
    float m = __ldg(p.m + at);
    float v = __ldg(p.v + at);
    float next = param;
    if (finite) {
      float g = __ldg(t.grad + i) * clip;
      if (t.decays) {
        g += p.l2 * param;
        next *= p.shrink;
      }
      m = p.beta1 * m + p.rest1 * g;
      v = p.beta2 * v + p.rest2 * g * g;
      next -= p.rate * m / (sqrtf(v) * p.correction + p.epsilon);
    }
    t.newParam[i] = next;
    p.newM[at] = m;
    p.newV[at] = v;
  }
}
