// The ops of a network other than the scans (scan.cu), for the TensorFlow.js backend `cuda`: src/backends/cuda/tfjs. Headers that
// are not in this folder are those of tfjs-backend-cuda.
//
// Compiled by NVRTC or nvcc, and by a C++ compiler for tests on machines without a GPU (tools/cuda/emulation).
#include "adamStepAll.cuh"
#include "channelNorm.cuh"
#include "layerNorm.cuh"
#include "opKernel.cuh"
#include "scaledSum.cuh"

OP_KERNEL(scaledSum_all, 256, ScaledSumParams, scaledSum(p))

OP_KERNEL(columns_spread, 256, ColumnsParams, columns<Spread>(p))
OP_KERNEL(columns_channel, 256, ColumnsParams, columns<ChannelArrivals>(p))
OP_KERNEL(columns_layer, 256, ColumnsParams, columns<LayerArrivals>(p))

OP_KERNEL(layerNorm_all, 256, LayerNormParams, layerNorm(p))
OP_KERNEL(layerNormGrad_all, 256, LayerNormParams, layerNormGrad(p))
OP_KERNEL(channelNorm_all, 256, ChannelNormParams, channelNorm(p))
OP_KERNEL(channelNormGrad_all, 256, ChannelNormParams, channelNormGrad(p))

OP_KERNEL(adam_squares, 256, AdamParams, adamSquares(p))
OP_KERNEL(adam_norm, 256, AdamParams, adamNorm(p))
OP_KERNEL(adam_update, 256, AdamParams, adamUpdate(p))
