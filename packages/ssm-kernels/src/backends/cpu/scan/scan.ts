// The definition of the selective scan and of its gradient: the other backends are tested against this file.
//
// Letters (Mamba, arXiv 2312.00752): u input, delta step before bias and softplus, A state matrix (diagonal, negative),
// B and C input and output vectors, D skip; d channels, n states, t position in the visiting order.
//   dt_t = softplus(delta_t + deltaBias)          (or delta_t + deltaBias)
//   h_t  = exp(dt_t·A) h_{t-1} + dt_t B_t u_t,    h_{-1} = 0
//   y_t  = Σ_n C_t h_t + D u_t
// B is discretised by Euler, as in Mamba's code, not by the zero-order hold of the paper's eq. (2).

import type { ScanView } from '../../../scan/views.js';

export interface ScanInputs {
  readonly u: ArrayLike<number>;
  readonly delta: ArrayLike<number>;
  readonly A: ArrayLike<number>;
  readonly B: ArrayLike<number>;
  readonly C: ArrayLike<number>;
  readonly D: ArrayLike<number>;
  readonly deltaBias: ArrayLike<number>;
}

/** One accumulator for each input, in float64. */
export type ScanGradients = { readonly [K in keyof ScanInputs]: Float64Array };

const SOFTPLUS_THRESHOLD = 20;

export function softplus(x: number): number {
  return x > SOFTPLUS_THRESHOLD ? x : Math.log1p(Math.exp(x));
}

function softplusDerivative(x: number): number {
  return x > SOFTPLUS_THRESHOLD ? 1 : 1 / (1 + Math.exp(-x));
}

/**
 * Scans the pixels of `order` from a zero state and adds weight · y_t to `y`.
 * Returns the state after the last pixel, (channels, states).
 */
export function scanSequence(
  view: ScanView,
  { u, delta, A, B, C, D, deltaBias }: ScanInputs,
  order: Int32Array,
  weight: number,
  y: Float64Array,
): Float64Array {
  const { channels, states } = view;
  const h = new Float64Array(channels * states);
  for (const p of order) {
    for (let d = 0; d < channels; d++) {
      const x = delta[view.deltaOffset + p * view.deltaStride + d]! + deltaBias[view.dOffset + d]!;
      const dt = view.deltaSoftplus ? softplus(x) : x;
      const ut = u[view.uOffset + p * channels + d]!;
      const bc = view.bcOffset + p * view.bcStride + Math.floor(d / view.channelsPerGroup) * states;
      let yt = D[view.dOffset + d]! * ut;
      for (let n = 0; n < states; n++) {
        const i = d * states + n;
        h[i] = Math.exp(dt * A[view.aOffset + i]!) * h[i]! + dt * B[bc + n]! * ut;
        yt += C[bc + n]! * h[i]!;
      }
      y[view.uOffset + p * channels + d]! += weight * yt;
    }
  }
  return h;
}

/**
 * The gradient of Σ weight·y_t·dy_t + Σ h_last·dLast over the same traversal, added to `grad`.
 * With λ_t = ∂/∂h_t = weight·C_t dy_t + exp(dt_{t+1} A) λ_{t+1}:
 *   dB_t = λ_t dt_t u_t,  dC_t = weight·dy_t h_t,  du_t = λ_t·B_t dt_t + weight·D dy_t,
 *   d(dt_t) = λ_t·(A exp(dt_t A) h_{t-1} + B_t u_t),  dA = Σ_t λ_t dt_t exp(dt_t A) h_{t-1}.
 */
export function scanSequenceGrad(
  view: ScanView,
  { u, delta, A, B, C, D, deltaBias }: ScanInputs,
  order: Int32Array,
  weight: number,
  dy: ArrayLike<number>,
  dLast: ArrayLike<number> | undefined,
  grad: ScanGradients,
): void {
  const { channels, states } = view;
  const length = order.length;
  const a = new Float64Array(length * states); // exp(dt_t A)
  const h = new Float64Array((length + 1) * states); // h_{t-1} at row t
  const dts = new Float64Array(length);
  const lambda = new Float64Array(states);
  for (let d = 0; d < channels; d++) {
    const group = Math.floor(d / view.channelsPerGroup) * states;
    const bias = deltaBias[view.dOffset + d]!;
    h.fill(0, 0, states);
    for (let t = 0; t < length; t++) {
      const p = order[t]!;
      const x = delta[view.deltaOffset + p * view.deltaStride + d]! + bias;
      const dt = view.deltaSoftplus ? softplus(x) : x;
      const ut = u[view.uOffset + p * channels + d]!;
      const bc = view.bcOffset + p * view.bcStride + group;
      dts[t] = dt;
      for (let n = 0; n < states; n++) {
        const i = t * states + n;
        a[i] = Math.exp(dt * A[view.aOffset + d * states + n]!);
        h[i + states] = a[i]! * h[i]! + dt * B[bc + n]! * ut;
      }
    }
    for (let n = 0; n < states; n++) lambda[n] = dLast ? dLast[d * states + n]! : 0;
    for (let t = length - 1; t >= 0; t--) {
      const p = order[t]!;
      const at = view.uOffset + p * channels + d;
      const bc = view.bcOffset + p * view.bcStride + group;
      const ut = u[at]!;
      const dyt = weight * dy[at]!;
      const dt = dts[t]!;
      let du = D[view.dOffset + d]! * dyt;
      let ddt = 0;
      for (let n = 0; n < states; n++) {
        const i = t * states + n;
        const An = A[view.aOffset + d * states + n]!;
        const l = lambda[n]! + C[bc + n]! * dyt;
        const decayed = a[i]! * h[i]!;
        grad.B[bc + n]! += l * dt * ut;
        grad.C[bc + n]! += dyt * h[i + states]!;
        du += l * B[bc + n]! * dt;
        ddt += l * (An * decayed + B[bc + n]! * ut);
        grad.A[view.aOffset + d * states + n]! += l * dt * decayed;
        lambda[n] = a[i]! * l;
      }
      const deltaAt = view.deltaOffset + p * view.deltaStride + d;
      const dx = view.deltaSoftplus ? ddt * softplusDerivative(delta[deltaAt]! + bias) : ddt;
      grad.u[at]! += du;
      grad.delta[deltaAt]! += dx;
      grad.deltaBias[view.dOffset + d]! += dx;
      grad.D[view.dOffset + d]! += dyt * ut;
    }
  }
}
