import { directionOrders, type ScanDirections, type ScanOrder } from '@pyramid-mamba/ssm-kernels';
import type { Runner } from '../caseRunner.ts';

/** Index tables of the curves, and their inverses; integers must be equal. */
export const mambaadScanOrders: Runner = ({ tensors }, check) => {
  for (const name of tensors.keys()) {
    const [, table, scanOrder, side] = /^out[.](order|inverse)_([a-z]+)_(\d+)$/.exec(name) ?? [];
    if (!side) throw new Error(`the case has a tensor ${name} that is no table of a curve`);
    const [order] = directionOrders(Number(side), Number(side), {
      scanOrder: scanOrder as ScanOrder,
      directions: 2,
    });
    const inverse = new Int32Array(order!.length);
    order!.forEach((pixel, step) => (inverse[pixel] = step));
    check.tensor(name, table === 'order' ? order! : inverse, 0);
  }
};

/** The pixels that each direction visits. */
export const mambaadDirections: Runner = ({ tensors }, check) => {
  for (const name of tensors.keys()) {
    const [, scanOrder, directions, side] = /^out[.]visit_([a-z]+)_k(\d)_(\d+)$/.exec(name) ?? [];
    if (!side) throw new Error(`the case has a tensor ${name} that is no table of directions`);
    const orders = directionOrders(Number(side), Number(side), {
      scanOrder: scanOrder as ScanOrder,
      directions: Number(directions) as ScanDirections,
    });
    check.tensor(
      name,
      orders.flatMap((order) => [...order]),
      0,
    );
  }
};
