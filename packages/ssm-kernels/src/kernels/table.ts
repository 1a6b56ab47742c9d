// A backend's kernels: a function for every name, so that a missing one is a type error.
import { registerKernel, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelAttrs, KernelInputs, KernelName } from './signatures.js';

/** A kernel of a backend, of one of our names. */
export type Kernel<Backend, Name extends KernelName> = (
  backend: Backend,
  inputs: KernelInputs<Name>,
  attrs: KernelAttrs<Name>,
) => TensorInfo | TensorInfo[];

/** A kernel that a backend deliberately lacks, and why. */
export class Absent {
  constructor(readonly reason: string) {}
}

/** Every kernel of a backend. Use it with `satisfies`. */
export type KernelTable<Backend> = {
  readonly [Name in KernelName]: Kernel<Backend, Name> | Absent;
};

const names = new Map<KernelName, string>();

/** The name in TensorFlow.js's registry: SsmLayerNorm for layerNorm. */
export function registered(name: KernelName): string {
  // the same string every time: it is looked up in every call
  let found = names.get(name);
  if (found === undefined) names.set(name, (found = `Ssm${name[0]!.toUpperCase()}${name.slice(1)}`));
  return found;
}

/**
 * tfjs's registration of a kernel whose backend, inputs and attributes are those of the caller's types: the only place where
 * they are taken for what the registry, which knows no types, promises.
 */
export function kernelConfig<Backend, Inputs, Attrs>(
  backendName: string,
  kernelName: string,
  run: (backend: Backend, inputs: Inputs, attrs: Attrs) => TensorInfo | TensorInfo[],
): KernelConfig {
  return {
    kernelName,
    backendName,
    kernelFunc: ({ inputs, backend, attrs }) =>
      run(backend as Backend, inputs as unknown as Inputs, attrs as unknown as Attrs),
  };
}

/** Registers all kernels of a table on a backend. */
export function registerTable<Backend>(backendName: string, table: KernelTable<Backend>): void {
  for (const [name, kernel] of Object.entries(table) as [KernelName, KernelTable<Backend>[KernelName]][])
    if (!(kernel instanceof Absent))
      // each entry has the inputs and attributes of its own name
      registerKernel(kernelConfig(backendName, registered(name), kernel as Kernel<Backend, never>));
}
