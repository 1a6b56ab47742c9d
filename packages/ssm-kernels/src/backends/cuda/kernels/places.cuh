// The work of a thread and the location of its data.
#pragma once
#include "params.cuh"
#include "shared.cuh"

__device__ inline int segmentsOf(const ScanParams& p, int k) {
  return (k & 1) ? p.columnSegments : p.rowSegments;
}

__device__ inline int mostSegments(const ScanParams& p) {
  return max(p.rowSegments, p.columnSegments);
}

// A thread has one channel and one segment; a block has adjacent channels of one group, so that its loads and stores are rows
// in every direction, and all its threads read the same B and C.
struct Place {
  int segment;
  int group;
  int block;  // of the group's blocks of channels
  int channel;
  bool valid;  // else the thread is past the group's last channel, and `channel` is the last one
};

__device__ inline Place placeOf(const ScanParams& p) {
  const int perGroup = p.channels / p.groups;
  const int all = p.blocks * p.groups;
  const int i = blockIdx.x % all;
  Place place;
  place.segment = blockIdx.x / all;
  place.group = i / p.blocks;
  place.block = i % p.blocks;
  const int j = place.block * blockDim.x + threadIdx.x;
  place.channel = place.group * perGroup + min(j, perGroup - 1);
  place.valid = j < perGroup;
  return place;
}

__device__ inline const int* planOf(const ScanParams& p, int k, int s) {
  return p.plan + (k * mostSegments(p) + s) * (3 + 2 * p.grids);
}

// Row (b, k, s) of carries, sums, arrivals.
__device__ inline size_t rowOf(const ScanParams& p, int b, int k, int s) {
  return (size_t(b) * p.directions + k) * mostSegments(p) + s;
}

// total rows of n·d states: the stride between the grids' differences
__device__ inline size_t sizeOfStates(const ScanParams& p) {
  return size_t(p.pictures) * p.directions * mostSegments(p) * p.states * p.channels;
}

__device__ inline size_t sizeOfB(const ScanParams& p) {
  return size_t(p.pictures) * p.pixels * p.directions * p.groups * p.states;
}

// A thread's segment of one direction: its data, and the strides between positions, in elements. Offsets
// from the segment's first position fit an int, because one picture's elements do.
struct Walk {
  int length;
  int uStep, deltaStep, bStep;
  size_t uFirst, deltaFirst, bFirst;
  float bias;
};

__device__ inline Walk walkOf(const ScanParams& p, const Place& at, int b, int k, int s) {
  const int* plan = planOf(p, k, s);
  const int first = __ldg(plan);
  const int step = __ldg(plan + 1);
  const size_t pixel = size_t(b) * p.pixels + first;
  Walk walk;
  walk.length = __ldg(plan + 2);
  walk.uStep = step * p.channels;
  walk.deltaStep = step * p.directions * p.channels;
  walk.bStep = step * p.directions * p.groups * p.states;
  walk.uFirst = pixel * p.channels + at.channel;
  walk.deltaFirst = (pixel * p.directions + k) * p.channels + at.channel;
  walk.bFirst = ((pixel * p.directions + k) * p.groups + at.group) * p.states;
  walk.bias = p.bias ? __ldg(p.bias + k * p.channels + at.channel) : 0.0f;
  return walk;
}

// dt at position t
__device__ inline float stepAt(const ScanParams& p, const Walk& walk, int t) {
  const float raw = __ldg(p.delta + walk.deltaFirst + t * walk.deltaStep) + walk.bias;
  return p.softplus ? softplus(raw) : raw;
}

// sum of D over the directions, which multiplies u
__device__ inline float skipOf(const ScanParams& p, int channel) {
  float sum = 0.0f;
  if (p.D)
    for (int k = 0; k < p.directions; k++) sum += __ldg(p.D + k * p.channels + channel);
  return sum;
}

// COUNT adjacent values, four at a time if possible: rows whose length is a multiple of four are aligned
template <int COUNT>
__device__ inline void loadRow(float (&row)[COUNT], const float* from) {
  if constexpr (COUNT % 4 == 0) {
#pragma unroll
    for (int i = 0; i < COUNT; i += 4) {
      const float4 four = __ldg(reinterpret_cast<const float4*>(from + i));
      row[i] = four.x;
      row[i + 1] = four.y;
      row[i + 2] = four.z;
      row[i + 3] = four.w;
    }
  } else {
#pragma unroll
    for (int i = 0; i < COUNT; i++) row[i] = __ldg(from + i);
  }
}
