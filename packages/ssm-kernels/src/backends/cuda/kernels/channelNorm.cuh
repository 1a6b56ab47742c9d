// Normalisations of channels over rows: of a batch, or of a picture.
#pragma once
#include "columns.cuh"
#include "elementwise.cuh"
#include "trainingParams.cuh"

// squared deviations from the mean
struct Spread {
  static constexpr int COUNT = 1;
  static __device__ inline void of(const ColumnsParams& p, int group, size_t, size_t at, int channel, float (&terms)[1]) {
    const float distance = __ldg(p.x + at) - __ldg(p.mean + group * p.channels + channel);
    terms[0] = distance * distance;
  }
};

// for a channel's normalisation: dn, and dn·n
struct ChannelArrivals {
  static constexpr int COUNT = 2;
  static __device__ inline void of(const ColumnsParams& p, int group, size_t, size_t at, int channel, float (&terms)[2]) {
    const int i = group * p.channels + channel;
    const float n = (__ldg(p.x + at) - __ldg(p.mean + i)) / sqrtf(__ldg(p.variance + i) + p.epsilon);
    terms[0] = __ldg(p.dy + at) * (p.silu ? siluSlope(n) : 1.0f);
    terms[1] = terms[0] * n;
  }
};

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
