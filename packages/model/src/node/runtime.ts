// onnxruntime-node as far as this program uses it. It is 250 MB, so it is an optional peer: whoever wants it installs it.
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface OnnxRuntime {
  readonly env: { logLevel?: 'error'; readonly versions: { readonly node?: string } };
  readonly InferenceSession: {
    create(bytes: Uint8Array, options?: object): Promise<OnnxSession>;
  };
  readonly Tensor: new (type: string, data: Uint8Array | Float32Array, dims: readonly number[]) => OnnxTensor;
}

export interface OnnxTensor {
  readonly data: Float32Array | BigInt64Array;
  readonly dims: readonly number[];
}

export interface OnnxSession {
  run(
    feeds: Readonly<Record<string, object>>,
  ): Promise<Readonly<Record<string, { readonly data: OnnxTensor['data'] }>>>;
  release(): Promise<void>;
}

/** A session of the module below onnxruntime-node's, whose calls return when they are done. */
export interface BoundSession {
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
  run(
    feeds: Readonly<Record<string, object>>,
    fetches: Readonly<Record<string, null>>,
    options: object,
  ): Readonly<Record<string, OnnxTensor>>;
  dispose(): void;
}

interface Binding {
  readonly binding: { readonly InferenceSession: new () => BoundSession };
  initOrt(): void;
}

export const RUNTIME = 'onnxruntime-node';

/** A module of onnxruntime-node, where that is installed beside the first of these files that has it. */
function installed(module: string, besides: readonly string[] = [import.meta.url]): unknown {
  for (const from of besides) {
    try {
      return createRequire(from)(module);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

/** onnxruntime-node, beside this program or in the working directory; undefined where it is not installed. Throws where it is and cannot be loaded. */
export const onnxRuntime = (): OnnxRuntime | undefined =>
  installed(RUNTIME, [import.meta.url, join(process.cwd(), 'package.json')]) as OnnxRuntime | undefined;

/** What encoders need of onnxruntime-node: tensors, and sessions that answer at once, as an encoder does. */
export interface BoundRuntime {
  readonly version: string;
  readonly Tensor: OnnxRuntime['Tensor'];
  session(): BoundSession;
}

/**
 * onnxruntime-node for encoders, from beside this program alone: commands judge pictures in folders of others, whose code must not run.
 * @throws Error, a sentence with what to do, where it is not installed, does not load on this machine or is of another form
 */
export function boundRuntime(
  find: (module: string) => unknown = (module) => installed(module),
): BoundRuntime {
  const load = (module: string): unknown => {
    try {
      return find(module);
    } catch (error) {
      throw new Error(
        `${RUNTIME} is installed and does not load here: ${(error as Error).message.split('\n')[0]}`,
        { cause: error },
      );
    }
  };
  const runtime = load(RUNTIME) as OnnxRuntime | undefined;
  if (!runtime)
    throw new Error(
      `${RUNTIME} is not installed; it takes 250 MB: \`npm install ${RUNTIME}\` where this program is installed`,
    );
  // the public sessions answer by a promise, although the call below them has the answer when it returns
  const bound = load(`${RUNTIME}/dist/binding.js`) as Partial<Binding> | undefined;
  if (typeof bound?.binding?.InferenceSession !== 'function' || typeof bound.initOrt !== 'function')
    throw new Error(
      `${RUNTIME} ${runtime.env.versions.node ?? 'of an unknown version'} lacks the sessions that this program calls: install ${RUNTIME}@1.30.0`,
    );
  // it warns of weights that its optimiser folds
  runtime.env.logLevel = 'error';
  bound.initOrt();
  const { InferenceSession } = bound.binding;
  return {
    version: runtime.env.versions.node ?? 'unknown',
    Tensor: runtime.Tensor,
    session: () => new InferenceSession(),
  };
}
