/** Names under which every backend registers the training kernels. */
export const GROUPED_MATMUL = 'SsmGroupedMatMul';
export const GROUPED_MATMUL_GRAD_X = 'SsmGroupedMatMulGradX';
export const GROUPED_MATMUL_GRAD_W = 'SsmGroupedMatMulGradW';
export const LAYER_NORM = 'SsmLayerNorm';
export const LAYER_NORM_GRAD = 'SsmLayerNormGrad';
export const BATCH_NORM_TRAIN = 'SsmBatchNormTrain';
export const BATCH_NORM_TRAIN_GRAD = 'SsmBatchNormTrainGrad';
export const INSTANCE_NORM = 'SsmInstanceNorm';
export const INSTANCE_NORM_GRAD = 'SsmInstanceNormGrad';
export const COLUMN_SUMS = 'SsmColumnSums';
export const SILU = 'SsmSilu';
export const SILU_GRAD = 'SsmSiluGrad';
export const SILU_GATE = 'SsmSiluGate';
export const SILU_GATE_GRAD = 'SsmSiluGateGrad';
export const LAYER_NORM_GATE = 'SsmLayerNormGate';
export const LAYER_NORM_GATE_GRAD = 'SsmLayerNormGateGrad';
export const DEPTHWISE_CONV_SILU = 'SsmDepthwiseConvSilu';
export const DEPTHWISE_CONV_SILU_GRAD = 'SsmDepthwiseConvSiluGrad';
export const ADAM_STEP_ALL = 'SsmAdamStepAll';
export const LINEAR = 'SsmLinear';
export const LINEAR_GRAD_X = 'SsmLinearGradX';
export const LINEAR_GRAD_WEIGHT = 'SsmLinearGradWeight';
export const SCALED_SUM = 'SsmScaledSum';

/** Of the layer normalisation, with or without a gate, and of the batch normalisation. */
export interface LayerNormAttrs {
  epsilon: number;
}

export interface InstanceNormAttrs {
  epsilon: number;
  activation: 'none' | 'silu';
}

export interface LinearAttrs {
  /** Number of equal parts of the outputs. */
  parts: number;
  /** Whether a bias is added and its gradient needed. */
  biased: boolean;
}

/** y = alpha·x + beta·scale·z, with one scale per entry of the first axis; inputs x, z and optionally scale. */
export interface ScaledSumAttrs {
  /** If it is 0, x is ignored, even NaN. */
  alpha: number;
  beta: number;
}
