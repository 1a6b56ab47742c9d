// Lets a C++ compiler build the CUDA kernels: included before them by driver.cpp. Every thread of a block is a fiber
// with its own stack, so that __syncthreads and warp shuffles behave as on a GPU: a thread waits there for the others, and a
// kernel in which some never arrive is an error instead of a deadlock.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)
#define DYNAMIC_SHARED(name) float* const name = emulation::sharedMemory()

struct Index {
  unsigned x, y, z;
};

struct alignas(16) float4 {
  float x, y, z, w;
};

// of the running fiber
extern Index threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {
float* sharedMemory();
void waitForBlock();
// Waits for the warp; returns the value of lane `lane ^ distance`.
float exchange(float value, int distance);
// Fails the launch when `pointer` is not a whole, aligned T inside device memory.
void checkRead(const void* pointer, size_t bytes);
}  // namespace emulation

inline void __syncthreads() {
  emulation::waitForBlock();
}

inline float __shfl_xor_sync(unsigned mask, float value, int distance) {
  return mask == 0xffffffffu ? emulation::exchange(value, distance) : NAN;
}

template <class T>
inline T __ldg(const T* pointer) {
  emulation::checkRead(pointer, sizeof(T));
  return *pointer;
}

inline int min(int a, int b) {
  return a < b ? a : b;
}

inline int max(int a, int b) {
  return a > b ? a : b;
}
