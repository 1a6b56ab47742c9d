// Builds the emulated GPU (library/, and kernels/ with those of tfjs-backend-cuda and ssm-kernels) with the installed C++ compiler.
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { executable } from '../../browser/executable.js';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..', '..');
const emulation = join(here, 'library');
const compiled = join(here, 'kernels');
const kernels = ['tfjs-backend-cuda/src', 'ssm-kernels/src/backends/cuda'].map((room) =>
  join(root, 'packages', room, 'kernels'),
);
const cache = join(root, 'node_modules', '.cache', 'cuda-emulation');

// -O1: compiles in a third of the time of -O2, and is fast enough for tests. Without _FORTIFY_SOURCE, whose longjmp rejects a change of stacks.
const FLAGS = ['-std=c++17', '-O1', '-shared', '-fPIC', '-U_FORTIFY_SOURCE', '-Wall', '-Wno-unknown-pragmas'];
const NAME = 'REQUIRE_BACKENDS';
/** The name in REQUIRE_BACKENDS. */
const BACKEND = 'cuda-emulation';

/** A library that is both the driver and NVRTC, or why there is none. */
export type Emulation = { library: string } | { reason: string };

/**
 * Builds the library, or returns the cached one built from the same sources.
 *
 * @throws Error when REQUIRE_BACKENDS names cuda-emulation and it cannot be built
 */
export function buildEmulation(): Emulation {
  const emulation = build();
  if ('reason' in emulation && (process.env[NAME] ?? '').split(',').includes(BACKEND))
    throw new Error(`${NAME} names ${BACKEND}, but ${emulation.reason}`);
  return emulation;
}

function build(): Emulation {
  const compiler = findCompiler();
  if (!compiler)
    return {
      reason: 'no C++ compiler was found; install one (Debian: apt-get install g++) or set CXX.',
    };
  const sources = [emulation, compiled, ...kernels].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /\.(cpp|h|cu|cuh)$/.test(name))
      .sort()
      .map((name) => join(folder, name)),
  );
  const hash = createHash('sha256').update(JSON.stringify([compiler, FLAGS]));
  for (const source of sources) hash.update(readFileSync(source));
  const built = join(cache, `${hash.digest('hex').slice(0, 24)}.so`);
  if (existsSync(built)) return { library: built };
  mkdirSync(cache, { recursive: true });
  const temporary = `${built}.${randomUUID()}`;
  const units = sources.filter((source) => source.endsWith('.cpp'));
  try {
    const args = [
      ...FLAGS,
      ...[...kernels, emulation].flatMap((folder) => ['-I', folder]),
      ...units,
      '-o',
      temporary,
    ];
    execFileSync(compiler.path, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    renameSync(temporary, built);
  } catch (error) {
    rmSync(temporary, { force: true });
    const lines = (error as { stderr?: string }).stderr?.split('\n') ?? [];
    const line = lines.find((text) => /error/.test(text)) ?? (error as Error).message;
    return { reason: `${compiler.path} failed to build the emulated GPU: ${line}` };
  }
  return { library: built };
}

/** The first compiler that starts, and its version: another version rebuilds. */
function findCompiler(): { path: string; version: string } | undefined {
  for (const name of [process.env['CXX'], 'g++', 'c++', 'clang++']) {
    if (!name) continue;
    try {
      const path = executable(name);
      const version = execFileSync(path, ['--version'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return { path, version: version.split('\n')[0]! };
    } catch {
      // missing: try the next one
    }
  }
  return undefined;
}
