// Ops run kernels here.
import {
  engine,
  registerGradient,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { KernelAttrs, KernelInputs, KernelName } from './signatures.js';
import { registered } from './table.js';

/** The inputs of a kernel as tensors of TensorFlow.js. */
type InputTensors<Name extends KernelName> = { readonly [Key in keyof KernelInputs<Name>]: Tensor };

type Attrs<Name extends KernelName> = KernelAttrs<Name> extends undefined ? [] : [attrs: KernelAttrs<Name>];

function run<Name extends KernelName>(
  name: Name,
  inputs: InputTensors<Name>,
  attrs: unknown,
): Tensor | Tensor[] {
  // tfjs's types of inputs and attributes lack read-only ones, and null
  return engine().runKernel<Tensor | Tensor[]>(
    registered(name),
    inputs as unknown as NamedTensorMap,
    attrs as NamedAttrMap | undefined,
  );
}

/** Runs a kernel with one output on the current backend, recorded by tfjs's engine. */
export function runKernel<Name extends KernelName>(
  name: Name,
  inputs: InputTensors<Name>,
  ...[attrs]: Attrs<Name>
): Tensor {
  return run(name, inputs, attrs) as Tensor;
}

/** The same for any number of outputs. */
export function runKernels<Name extends KernelName>(
  name: Name,
  inputs: InputTensors<Name>,
  ...[attrs]: Attrs<Name>
): Tensor[] {
  const outputs = run(name, inputs, attrs);
  return Array.isArray(outputs) ? outputs : [outputs];
}

/** What a gradient function receives. */
interface GradientCall<Name extends KernelName, Saved extends readonly string[]> {
  /** Gradients of the outputs, and the first of them. */
  readonly dys: readonly Tensor[];
  readonly dy: Tensor;
  /** The saved inputs, in the given order. */
  readonly saved: { readonly [Index in keyof Saved]: Tensor };
  /** The saved outputs. */
  readonly outputs: readonly Tensor[];
  readonly attrs: KernelAttrs<Name>;
}

/**
 * Registers the gradient of a kernel.
 *
 * @param inputsToSave the inputs that it needs
 * @param gradient returns the gradient of each input, computed when tfjs asks for it
 * @param outputsToSave which of the outputs it needs; default: none
 */
export function registerKernelGradient<
  Name extends KernelName,
  const Saved extends readonly (keyof KernelInputs<Name> & string)[],
>(
  name: Name,
  inputsToSave: Saved,
  gradient: (
    call: GradientCall<Name, Saved>,
  ) => Partial<Record<keyof KernelInputs<Name> & string, () => Tensor>>,
  outputsToSave: readonly boolean[] = [],
): void {
  registerGradient({
    kernelName: registered(name),
    inputsToSave: [...inputsToSave],
    outputsToSave: [...outputsToSave],
    gradFunc: (dy, saved, attrs) => {
      const dys = Array.isArray(dy) ? dy : [dy];
      const count = inputsToSave.length;
      return gradient({
        dys,
        dy: dys[0]!,
        saved: saved.slice(0, count) as unknown as GradientCall<Name, Saved>['saved'],
        outputs: saved.slice(count),
        attrs: attrs as unknown as KernelAttrs<Name>,
      }) as Record<string, () => Tensor>;
    },
  });
}
