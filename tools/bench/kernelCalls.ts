import * as tf from '@tensorflow/tfjs-core';

interface Runner {
  runKernelFunc(params: { kernelName?: string }): unknown;
}

/** Counts the kernels that tfjs runs during `work`, by name. */
export async function countKernels(work: () => Promise<unknown>): Promise<Map<string, number>> {
  const engine = tf.engine() as unknown as Runner;
  const counts = new Map<string, number>();
  const own = engine.runKernelFunc;
  engine.runKernelFunc = function (this: Runner, params) {
    // a custom gradient is reported without a kernel
    const { kernelName } = params;
    if (kernelName !== undefined) counts.set(kernelName, (counts.get(kernelName) ?? 0) + 1);
    return own.call(this, params);
  };
  try {
    await work();
  } finally {
    engine.runKernelFunc = own;
  }
  return counts;
}

/** Calls that compute nothing: they rename or reshape the same data. */
const RELABELLING = new Set(['Identity', 'Reshape', 'Cast']);

/** "1469 kernel calls per step: 723 compute (SsmLinear 68, …) and 746 rename". A composed kernel counts as one. */
export function describeCalls(counts: ReadonlyMap<string, number>): string {
  const sum = (list: [string, number][]): number => list.reduce((total, [, n]) => total + n, 0);
  const renaming = [...counts].filter(([name]) => RELABELLING.has(name));
  const computing = [...counts].filter(([name]) => !RELABELLING.has(name)).sort((a, b) => b[1] - a[1]);
  const most = computing.slice(0, 4).map(([name, n]) => `${name} ${n}`);
  return `${sum([...counts])} kernel calls per step: ${sum(computing)} compute (${most.join(', ')}, …) and ${sum(renaming)} rename`;
}
