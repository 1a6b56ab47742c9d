/** Names under which every backend registers the training kernels. */
export const GROUPED_MATMUL = 'SsmGroupedMatMul';
export const GROUPED_MATMUL_GRAD_X = 'SsmGroupedMatMulGradX';
export const GROUPED_MATMUL_GRAD_W = 'SsmGroupedMatMulGradW';
export const LAYER_NORM = 'SsmLayerNorm';
export const LAYER_NORM_GRAD = 'SsmLayerNormGrad';
export const INSTANCE_NORM = 'SsmInstanceNorm';
export const INSTANCE_NORM_GRAD = 'SsmInstanceNormGrad';
export const SILU = 'SsmSilu';
export const SILU_GRAD = 'SsmSiluGrad';
export const SILU_GATE = 'SsmSiluGate';
export const SILU_GATE_GRAD = 'SsmSiluGateGrad';

export interface LayerNormAttrs {
  epsilon: number;
}

export interface InstanceNormAttrs {
  epsilon: number;
  activation: 'none' | 'silu';
}
