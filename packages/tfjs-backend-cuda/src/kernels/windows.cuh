// Depthwise convolutions and pooling: one thread per output value, adjacent threads for adjacent channels.
#pragma once
#include "elementwise.cuh"

__device__ inline void depthwise(const DepthwiseParams& p) {
  const int i = numberOfThread();
  if (i >= p.count) return;
  const int channels = p.channels * p.multiplier;
  const int pixel = i / channels;
  const int channel = i - pixel * channels;
  const int line = pixel / p.outWidth;
  const int picture = line / p.outHeight;
  const int top = (line - picture * p.outHeight) * p.strideY - p.padTop;
  const int left = (pixel - line * p.outWidth) * p.strideX - p.padLeft;
  const float* const x = p.x + size_t(picture) * p.height * p.width * p.channels + channel / p.multiplier;
  float sum = p.bias ? __ldg(p.bias + channel) : 0.0f;
  for (int ky = 0; ky < p.kernelHeight; ky++) {
    const int y = top + ky * p.dilationY;
    if (y < 0 || y >= p.height) continue;
    for (int kx = 0; kx < p.kernelWidth; kx++) {
      const int column = left + kx * p.dilationX;
      if (column < 0 || column >= p.width) continue;
      sum += __ldg(x + (size_t(y) * p.width + column) * p.channels) * __ldg(p.filter + (ky * p.kernelWidth + kx) * channels + channel);
    }
  }
  if (p.dy) p.y[i] = __ldg(p.dy + i) * siluSlope(sum);
  else p.y[i] = p.silu ? siluOf(sum) : sum;
}

__device__ inline void depthwiseGradInput(const DepthwiseParams& p) {
  const int i = numberOfThread();
  if (i >= p.count) return;
  const int pixel = i / p.channels;
  const int channel = i - pixel * p.channels;
  const int line = pixel / p.width;
  const int picture = line / p.height;
  const int bottom = line - picture * p.height + p.padTop;
  const int right = pixel - line * p.width + p.padLeft;
  const int channels = p.channels * p.multiplier;
  float sum = 0.0f;
  for (int ky = 0; ky < p.kernelHeight; ky++) {
    const int y = bottom - ky * p.dilationY;
    if (y < 0 || y % p.strideY != 0 || y / p.strideY >= p.outHeight) continue;
    for (int kx = 0; kx < p.kernelWidth; kx++) {
      const int x = right - kx * p.dilationX;
      if (x < 0 || x % p.strideX != 0 || x / p.strideX >= p.outWidth) continue;
      const size_t from = (size_t(picture) * p.outHeight + y / p.strideY) * p.outWidth + x / p.strideX;
      for (int j = 0; j < p.multiplier; j++) {
        const int of = channel * p.multiplier + j;
        sum += __ldg(p.dy + from * channels + of) * __ldg(p.filter + (ky * p.kernelWidth + kx) * channels + of);
      }
    }
  }
  p.y[i] = sum;
}

// The mean, or maximum, of the part of the window inside the picture.
template <bool MEAN>
__device__ inline void pool(const PoolParams& p) {
  const int i = numberOfThread();
  if (i >= p.count) return;
  const int pixel = i / p.channels;
  const int channel = i - pixel * p.channels;
  const int line = pixel / p.outWidth;
  const int picture = line / p.outHeight;
  const int top = (line - picture * p.outHeight) * p.strideY - p.padTop;
  const int left = (pixel - line * p.outWidth) * p.strideX - p.padLeft;
  const float* const x = p.x + size_t(picture) * p.height * p.width * p.channels + channel;
  float found = MEAN ? 0.0f : -INFINITY;
  int count = 0;
  for (int ky = 0; ky < p.kernelHeight; ky++) {
    const int y = top + ky * p.dilationY;
    if (y < 0 || y >= p.height) continue;
    for (int kx = 0; kx < p.kernelWidth; kx++) {
      const int column = left + kx * p.dilationX;
      if (column < 0 || column >= p.width) continue;
      const float number = __ldg(x + (size_t(y) * p.width + column) * p.channels);
      found = MEAN ? found + number : larger(found, number);
      count++;
    }
  }
  p.y[i] = MEAN ? found / float(count) : found;
}
