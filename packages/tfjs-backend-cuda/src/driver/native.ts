// C functions through koffi, which is loaded only when CUDA is used.
import { isAbsent } from '../system/absentPackage.js';
import { dropRelativeFolders } from '../system/index.js';
import { CudaError, type CudaFailure } from './errors.js';

type Koffi = Pick<typeof import('koffi'), 'load' | 'alloc' | 'decode' | 'view'>;

/** A C function. Addresses and handles are bigints, memory that is read or written typed arrays. */
export type NativeFunction<Result = number> = (...args: unknown[]) => Result;

/** C types of arguments: an address or handle, and memory of the host. */
export const HANDLE = 'uint64';
export const MEMORY = 'void *';

let loaded: Koffi | undefined;

/** @throws CudaError when koffi is not installed */
export async function loadKoffi(): Promise<Koffi> {
  dropRelativeFolders();
  try {
    loaded ??= await import('koffi');
    return loaded;
  } catch (error) {
    const problem = isAbsent(error, 'koffi')
      ? 'is not installed; install it'
      : `does not load on ${process.platform} ${process.arch}: ${firstLine(error)}; install it again`;
    throw new CudaError(
      'driver',
      `cuda: the npm package "koffi", which calls the driver, ${problem} with \`npm install koffi@3.3.4\`.`,
      { cause: error },
    );
  }
}

function koffi(): Koffi {
  if (!loaded) throw new CudaError('usage', 'cuda: no device is open; call and await openCuda() first.');
  return loaded;
}

/** A shared library. */
export class NativeLibrary {
  private constructor(
    readonly path: string,
    private readonly library: ReturnType<Koffi['load']>,
  ) {}

  /**
   * The first of the candidates that loads.
   *
   * @param companions libraries to load before a candidate, which later loads them by name
   * @throws CudaError that lists the candidates, followed by `advice`
   */
  static async first(
    what: string,
    failure: CudaFailure,
    candidates: readonly string[],
    advice: string,
    companions: (path: string) => readonly string[] = () => [],
  ): Promise<NativeLibrary> {
    const { load } = await loadKoffi();
    const reasons: string[] = [];
    for (const path of candidates) {
      try {
        for (const companion of companions(path)) load(companion);
        return new NativeLibrary(path, load(path));
      } catch (error) {
        reasons.push(`${path}: ${firstLine(error)}`);
      }
    }
    // the error of a library that exists but does not load is more useful than those of missing ones
    const telling =
      reasons.find((reason) => !/No such file/.test(reason)) ?? `tried ${candidates.join(', ')}`;
    throw new CudaError(failure, `cuda: ${what} was not found (${telling}); ${advice}.`);
  }

  /** A function of the library. */
  get<Result = number>(name: string, result: string, args: readonly string[]): NativeFunction<Result> {
    return this.library.func(name, result, [...args]) as NativeFunction<Result>;
  }
}

/** Host memory outside of JavaScript's heap, with an address. Never freed. */
export function nativeBytes(bytes: number): { address: bigint; memory: ArrayBuffer } {
  const address = koffi().alloc('uint8', bytes) as bigint;
  return { address, memory: koffi().view(address, bytes) };
}

/** The memory at an address, as an array buffer that must not be used once the memory is freed. */
export function viewOf(address: bigint, bytes: number): ArrayBuffer {
  return koffi().view(address, bytes);
}

/** The C string at an address. */
export function stringAt(address: bigint): string {
  return koffi().decode.string(address);
}

function firstLine(error: unknown): string {
  return (error as Error).message.split('\n')[0]!;
}
