import { Add, BatchMatMul, Concat, Exp, Multiply, Neg, Slice, type TensorInfo } from '@tensorflow/tfjs-core';
import { SCAN_GRADIENT_ORDER, type ProjectedScanTensors as Tensors } from '../../kernels/signatures.js';
import { registered, type Kernel } from '../../kernels/table.js';
import { isOrdered } from '../../kernels/ordered.js';
import { composed, view, type Run } from './kernels.js';

/** Letters: b batch, h×w map, p = b·h·w pixels, k directions, d channels, n states, r rank of the step sizes. */
function sizesOf({ u, dtProj, aLogs }: Tensors): {
  map: [number, number, number];
  p: number;
  k: number;
  d: number;
  n: number;
  r: number;
} {
  const [b, h, w] = u.shape as [number, number, number];
  const [k, d, r] = dtProj.shape as [number, number, number];
  return { map: [b, h, w], p: b * h * w, k, d, n: aLogs.shape.at(-1)!, r };
}

/** A = −exp(aLogs), (k, d, n). */
function stateMatrix(run: Run, { aLogs }: Tensors, [k, d, n]: [number, number, number]): TensorInfo {
  return view(run(Neg, { x: run(Exp, { x: aLogs }) }), [k, d, n]);
}

/** The scan with its projections on a backend, composed of its matrix products and its pyramid scan. */
export function projectedScanOf(backendName: string): {
  projectedScan: Kernel<object, 'projectedScan'>;
  projectedScanGrad: Kernel<object, 'projectedScanGrad'>;
} {
  return {
    projectedScan: (backend, t, attrs) => {
      const { map, p, k, d, n, r } = sizesOf(t);
      return composed(backendName, backend, (run) => {
        const rows = view(t.u, [1, p, d]);
        // Three products instead of one that is then split: splitting the weights is nearly free, splitting the result is not.
        const project = (first: number, size: number): TensorInfo => {
          const weight = run(Slice, { x: t.xProj }, { begin: [0, first, 0], size: [k, size, d] });
          const b = view(weight, [1, k * size, d]);
          return run(BatchMatMul, { a: rows, b }, { transposeA: false, transposeB: true });
        };
        const low = project(0, r); // (p, k·r)
        const B = project(r, n); // (p, k·n)
        const C = project(r + n, n); // (p, k·n)
        // low·dtProjᵀ in each direction: the input gradient of a product by dtProj
        const delta = run(registered('groupedMatMulGradX'), { dy: view(low, [p, k, r]), w: t.dtProj }); // (p, k, d)
        const y = run(
          registered(isOrdered(attrs) ? 'orderedScan' : 'pyramidScan'),
          {
            u: t.u,
            delta: view(delta, [...map, k, d]),
            A: stateMatrix(run, t, [k, d, n]),
            B: view(B, [...map, k, n]),
            C: view(C, [...map, k, n]),
            D: view(t.D, [k, d]),
            deltaBias: t.dtBias,
          },
          attrs,
        );
        return [
          y,
          view(low, [p, k, r]),
          view(delta, [...map, k, d]),
          view(B, [...map, k, n]),
          view(C, [...map, k, n]),
        ];
      });
    },
    projectedScanGrad: (backend, t, attrs) => {
      const { p, k, d, n, r } = sizesOf(t);
      const { u, delta, B, C, dy } = t;
      return composed(backendName, backend, (run) => {
        const A = stateMatrix(run, t, [k, d, n]);
        const scan = { u, delta, A, B, C, D: view(t.D, [k, d]), deltaBias: t.dtBias, dy };
        const grads = run<TensorInfo[]>(
          registered(isOrdered(attrs) ? 'orderedScanGrad' : 'pyramidScanGrad'),
          scan,
          attrs,
        );
        const of = (name: (typeof SCAN_GRADIENT_ORDER)[number]): TensorInfo =>
          grads[SCAN_GRADIENT_ORDER.indexOf(name)]!;
        const dDelta = view(of('delta'), [p, k, d]);
        const dLow = run(registered('groupedMatMul'), { x: dDelta, w: t.dtProj }); // (p, k, r)
        const dDtProj = run(registered('groupedMatMulGradW'), { x: dDelta, dy: t.low }); // (k, d, r)
        // concatenated they are the gradient of one product by the whole xProj
        const parts = [dLow, view(of('B'), [p, k, n]), view(of('C'), [p, k, n])];
        const dProjected = view(run(Concat, parts, { axis: 2 }), [1, p, k * (r + 2 * n)]);
        const dXProj = run(
          BatchMatMul,
          { a: dProjected, b: view(u, [1, p, d]) },
          { transposeA: true, transposeB: false },
        );
        const throughProjections = run(
          BatchMatMul,
          { a: dProjected, b: view(t.xProj, [1, k * (r + 2 * n), d]) },
          { transposeA: false, transposeB: false },
        );
        return [
          run(Add, { a: of('u'), b: view(throughProjections, u.shape) }),
          view(dXProj, t.xProj.shape),
          dDtProj,
          of('deltaBias'),
          // dA/daLogs = A
          view(run(Multiply, { a: of('A'), b: A }), t.aLogs.shape),
          view(of('D'), t.D.shape),
        ];
      });
    },
  };
}
