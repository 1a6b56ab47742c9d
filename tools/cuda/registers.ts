// npm run cuda:registers -- [--compiler PATH] [sm_75 sm_80 ...]: compiles the kernels with NVRTC, no GPU needed, and prints a table of
// registers, spills and shared memory per kernel and architecture.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OPTIONS } from '../../packages/tfjs-backend-cuda/src/device/kernelImage.js';
import { Nvrtc } from '../../packages/tfjs-backend-cuda/src/driver/nvrtc.js';
import { BACKEND } from '../../packages/tfjs-backend-cuda/src/kernels.js';
import { SCAN, TRAINING } from '../../packages/ssm-kernels/src/backends/cuda/sources.js';

/** Turing, Ampere, Hopper. */
export const ARCHITECTURES = ['sm_75', 'sm_80', 'sm_90'];

/** A kernel's use of a multiprocessor. */
export interface KernelUse {
  readonly kernel: string;
  readonly architecture: string;
  readonly registers: number;
  /** Spilled bytes per thread: stores and loads. */
  readonly spills: number;
  /** Bytes of local memory per thread: spills and arrays indexed at run time. */
  readonly stack: number;
  /** Bytes of static shared memory. */
  readonly shared: number;
}

/** Parses the output of ptxas -v for each kernel. */
export function readUses(log: string, architecture: string): KernelUse[] {
  const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
  return log
    .split(/Compiling entry function '/)
    .slice(1)
    .map((text) => ({
      kernel: text.slice(0, text.indexOf("'")),
      architecture,
      registers: number(text, /Used (\d+) registers/),
      spills: number(text, /(\d+) bytes spill stores/) + number(text, /(\d+) bytes spill loads/),
      stack: number(text, /(\d+) bytes stack frame/),
      shared: number(text, /(\d+) bytes smem/),
    }))
    .sort((a, b) => a.kernel.localeCompare(b.kernel, 'en', { numeric: true }));
}

/** Compiles the kernels for each architecture. */
export function compileUses(nvrtc: Nvrtc, architectures: readonly string[]): KernelUse[] {
  const options = [...OPTIONS, '--ptxas-options=-v'];
  return architectures.flatMap((architecture) =>
    [SCAN, TRAINING, BACKEND].flatMap(({ file, sources }) =>
      readUses(nvrtc.compile(sources, file, architecture, options).log, architecture),
    ),
  );
}

/** A Markdown table: one row per kernel, registers, spilled bytes and shared memory per architecture. */
export function usesTable(uses: readonly KernelUse[]): string {
  const architectures = [...new Set(uses.map((use) => use.architecture))];
  const kernels = [...new Set(uses.map((use) => use.kernel))];
  const cell = (kernel: string, architecture: string): string => {
    const use = uses.find((u) => u.kernel === kernel && u.architecture === architecture);
    return use ? `${use.registers}, ${use.spills}, ${use.shared}` : 'not compiled';
  };
  return [
    `| kernel | ${architectures.join(' | ')} |`,
    `| --- |${' --- |'.repeat(architectures.length)}`,
    ...kernels.map((kernel) => `| ${kernel} | ${architectures.map((a) => cell(kernel, a)).join(' | ')} |`),
  ].join('\n');
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { compiler: { type: 'string' } },
  });
  const nvrtc = await Nvrtc.load(values.compiler);
  const uses = compileUses(nvrtc, positionals.length > 0 ? positionals : ARCHITECTURES);
  console.log(
    `NVRTC ${nvrtc.version}; registers per thread, bytes spilled per thread, bytes of static shared memory\n`,
  );
  console.log(usesTable(uses));
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main().catch((error: unknown) => {
    console.error((error as Error).message);
    process.exitCode = 1;
  });
