// NVIDIA's run-time compiler.
import { CudaError } from './errors.js';
import { compilerCompanions, libraryCandidates } from './libraries.js';
import { HANDLE, MEMORY, NativeLibrary, type NativeFunction } from './native.js';

const STRINGS = 'const char **';

const SIGNATURES = {
  nvrtcVersion: [MEMORY, MEMORY],
  nvrtcGetNumSupportedArchs: [MEMORY],
  nvrtcGetSupportedArchs: [MEMORY],
  nvrtcCreateProgram: [MEMORY, 'str', 'str', 'int', STRINGS, STRINGS],
  nvrtcCompileProgram: [HANDLE, 'int', STRINGS],
  nvrtcGetProgramLogSize: [HANDLE, MEMORY],
  nvrtcGetProgramLog: [HANDLE, MEMORY],
  nvrtcGetCUBINSize: [HANDLE, MEMORY],
  nvrtcGetCUBIN: [HANDLE, MEMORY],
  nvrtcGetPTXSize: [HANDLE, MEMORY],
  nvrtcGetPTX: [HANDLE, MEMORY],
  nvrtcDestroyProgram: [MEMORY],
} as const;

/** Sources by file name; the compiled one may include the others. */
export type Sources = Readonly<Record<string, string>>;

export interface Compiled {
  /** A cubin for sm_…, PTX for compute_…. */
  readonly image: Uint8Array<ArrayBuffer>;
  /** The compiler's log, for example with --ptxas-options=-v. */
  readonly log: string;
}

/** A loaded NVRTC. */
export class Nvrtc {
  private readonly functions: Record<keyof typeof SIGNATURES, NativeFunction>;

  private constructor(private readonly library: NativeLibrary) {
    this.functions = Object.fromEntries(
      Object.entries(SIGNATURES).map(([name, args]) => [name, library.get(name, 'int', args)]),
    ) as Record<keyof typeof SIGNATURES, NativeFunction>;
  }

  /**
   * @param path the library; default: searched for, see libraryCandidates
   * @param newest major version of CUDA that the driver supports
   * @throws CudaError 'compiler' when there is none
   */
  static async load(path?: string, newest?: number): Promise<Nvrtc> {
    const library = await NativeLibrary.first(
      "NVIDIA's run-time compiler (NVRTC)",
      'compiler',
      path ? [path] : libraryCandidates('nvrtc', newest),
      'install it with pip install nvidia-cuda-nvrtc-cu12 (or nvidia-cuda-nvrtc for CUDA 13), or set CUDA_HOME to a CUDA toolkit',
      compilerCompanions,
    );
    try {
      return new Nvrtc(library);
    } catch (error) {
      throw new CudaError(
        'compiler',
        `cuda: ${library.path} is not an NVRTC of CUDA 11.2 or newer (${(error as Error).message}); install a newer one.`,
        { cause: error },
      );
    }
  }

  get path(): string {
    return this.library.path;
  }

  /** For example 13.0. */
  get version(): string {
    const [major, minor] = [new Int32Array(1), new Int32Array(1)];
    this.functions.nvrtcVersion(major, minor);
    return `${major[0]}.${minor[0]}`;
  }

  /** Compute capabilities it compiles for, ascending: 75 is 7.5. */
  get architectures(): number[] {
    const count = new Int32Array(1);
    this.functions.nvrtcGetNumSupportedArchs(count);
    const numbers = new Int32Array(count[0]!);
    this.functions.nvrtcGetSupportedArchs(numbers);
    return [...numbers].sort((a, b) => a - b);
  }

  /**
   * Compiles one of the sources.
   *
   * @param target `sm_90` for a cubin, `compute_90` for PTX
   * @throws CudaError with the compiler's first error
   */
  compile(sources: Sources, file: string, target: string, options: readonly string[]): Compiled {
    const { nvrtcCreateProgram, nvrtcCompileProgram, nvrtcDestroyProgram } = this.functions;
    const headers = Object.keys(sources).filter((name) => name !== file);
    const texts = headers.map((name) => sources[name]!);
    const program = new BigUint64Array(1);
    const created = nvrtcCreateProgram(program, sources[file], file, headers.length, texts, headers);
    if (created !== 0)
      throw new CudaError(
        'compiler',
        `cuda: NVRTC ${this.version} failed to create a program (error ${created}).`,
      );
    try {
      const all = [`--gpu-architecture=${target}`, ...options];
      const result = nvrtcCompileProgram(program[0], all.length, all);
      const log = new TextDecoder()
        .decode(this.read(program[0]!, 'nvrtcGetProgramLogSize', 'nvrtcGetProgramLog'))
        .replace(/\0+$/, '');
      if (result !== 0)
        throw new CudaError(
          'compiler',
          `cuda: NVRTC ${this.version} failed to compile ${file} for ${target} (error ${result}): ` +
            `${log.split('\n').find((line) => /error/.test(line)) ?? log.split('\n')[0]}`,
        );
      const image = target.startsWith('sm_')
        ? this.read(program[0]!, 'nvrtcGetCUBINSize', 'nvrtcGetCUBIN')
        : this.read(program[0]!, 'nvrtcGetPTXSize', 'nvrtcGetPTX');
      return { image, log };
    } finally {
      nvrtcDestroyProgram(program);
    }
  }

  private read(
    program: bigint,
    size: 'nvrtcGetProgramLogSize' | 'nvrtcGetCUBINSize' | 'nvrtcGetPTXSize',
    content: 'nvrtcGetProgramLog' | 'nvrtcGetCUBIN' | 'nvrtcGetPTX',
  ): Uint8Array<ArrayBuffer> {
    const bytes = new BigUint64Array(1);
    this.functions[size](program, bytes);
    const out = new Uint8Array(Number(bytes[0]));
    if (out.length > 0) this.functions[content](program, out);
    return out;
  }
}
