// The parameters of training.cu's kernels, one field per line: tfjs-backend-cuda reads the layouts from this text.
#pragma once

// y = alpha·x + beta·scale·z; if alpha is 0, x is ignored.
struct ScaledSumParams {
  const float* x;
  const float* z;
  const float* scale;  // one per `each` values, or null: 1
  float* y;
  int count;
  int each;
  float alpha;
  float beta;
};

// A normalisation of each row, with or without a gate z.
struct LayerNormParams {
  const float* x;
  const float* gamma;
  const float* beta;
  const float* z;   // or null
  const float* dy;  // of the gradient
  float* y;         // dx of the gradient
  float* dz;
  float* stats;  // (rows, 2): mean and 1/deviation, or null
  int rows;
  int channels;
  float epsilon;
};

// A normalisation of each channel over a group of rows: the batch (one group) or a picture.
struct ChannelNormParams {
  const float* x;
  const float* dy;
  const float* gamma;     // (channels), or null: 1
  const float* beta;      // (channels), or null: 0
  const float* mean;      // (groups, channels)
  const float* variance;  // (groups, channels)
  const float* meanDn;    // (groups, channels): mean of dn, the gradient of the normalised values n
  const float* meanDnN;   // (groups, channels): mean of dn·n
  float* y;               // dx of the gradient
  int count;
  int rows;
  int channels;
  int silu;
  float epsilon;
  float meanFactor;  // multiplies meanDn and meanDnN
};

// One step of Adam for many tensors. A block processes a range of one tensor's values.
struct AdamParams {
  const void* tensors;  // AdamTensor of adam.cuh, one per parameter
  const int* runs;      // for each block its tensor and its first value
  double* squares;      // one sum per block
  float* norm;          // one value
  const float* m;
  const float* v;
  float* newM;
  float* newV;
  int blocks;
  float clipNorm;  // 0: no clipping
  float beta1;
  float beta2;
  float rest1;  // 1 - beta1
  float rest2;
  float rate;        // lr / (1 - beta1^t)
  float correction;  // 1 / √(1 - beta2^t)
  float epsilon;
  float shrink;  // factor of a parameter with weight decay
  float l2;      // share of a parameter with weight decay that is added to its gradient
};
