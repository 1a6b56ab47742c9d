import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What is used of onnxruntime-node, which this program does not contain: it is 250 MB. */
export interface OnnxRuntime {
  readonly env: { logLevel?: 'error' };
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: object): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: string, data: Uint8Array, dims: readonly number[]) => object;
}

export interface OnnxSession {
  run(
    feeds: Readonly<Record<string, object>>,
  ): Promise<Readonly<Record<string, { readonly data: Float32Array | BigInt64Array }>>>;
  release(): Promise<void>;
}

export const RUNTIME = 'onnxruntime-node';

/** onnxruntime-node, where it is installed beside this program or in the working directory. */
export function onnxRuntime(): OnnxRuntime | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from)(RUNTIME) as OnnxRuntime;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}
