import * as tf from '@tensorflow/tfjs-core';

/** What the calls of one kernel took. */
export interface KernelTime {
  readonly name: string;
  readonly calls: number;
  /** Processor time of the kernel itself, without the kernels that it is composed of, in milliseconds. */
  readonly milliseconds: number;
  /** Bytes of its inputs and outputs. */
  readonly bytes: number;
}

type Call = Parameters<tf.KernelFunc>[0];

const processorTime = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/**
 * Processor time, calls and bytes of each kernel of the current backend during `work`, most time first, and the processor time of
 * the whole. Only for backends that compute within the call: a GPU's kernels return before they have run.
 *
 * @param nameOf the row that a call counts in; default: its kernel's name
 */
export async function timeKernels(
  work: () => Promise<unknown>,
  nameOf: (kernelName: string, call: Call) => string = (name) => name,
): Promise<{ kernels: KernelTime[]; total: number }> {
  const times = new Map<string, { calls: number; milliseconds: number; bytes: number }>();
  // processor time of the kernels that each running kernel has called
  const within: number[] = [];
  const timed =
    ({ kernelName, kernelFunc }: tf.KernelConfig): tf.KernelFunc =>
    (call) => {
      within.push(0);
      const start = processorTime();
      const outputs = kernelFunc(call);
      const taken = processorTime() - start;
      const inner = within.pop()!;
      if (within.length > 0) within[within.length - 1]! += taken;
      const name = nameOf(kernelName, call);
      const entry = times.get(name) ?? { calls: 0, milliseconds: 0, bytes: 0 };
      times.set(name, entry);
      entry.calls += 1;
      entry.milliseconds += taken - inner;
      entry.bytes += bytesOf(Object.values(call.inputs)) + bytesOf([outputs].flat());
      return outputs;
    };
  const own = tf.getKernelsForBackend(tf.getBackend());
  for (const kernel of own) replace({ ...kernel, kernelFunc: timed(kernel) });
  try {
    const start = processorTime();
    await work();
    const total = processorTime() - start;
    const kernels = [...times].map(([name, entry]) => ({ name, ...entry }));
    return { kernels: kernels.sort((a, b) => b.milliseconds - a.milliseconds), total };
  } finally {
    for (const kernel of own) replace(kernel);
  }
}

/** Without the functions that the backend runs when a kernel is registered or removed. */
function replace({ setupFunc, disposeFunc, ...kernel }: tf.KernelConfig): void {
  void setupFunc;
  void disposeFunc;
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}

function bytesOf(tensors: readonly unknown[]): number {
  return tensors.flat().reduce<number>((sum, tensor) => {
    const { shape, dtype } = (tensor ?? {}) as Partial<tf.TensorInfo>;
    return shape && dtype ? sum + tf.util.sizeFromShape(shape) * tf.util.bytesPerElement(dtype) : sum;
  }, 0);
}
