// Compiles tfjs-node's N-API binding, two C++ files, against a TensorFlow.
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EnableError } from './errors.ts';
import type { TensorflowParts } from './pythonTensorflow.ts';
import { complaint, type Run } from './run.ts';

const SOURCES = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];
/** The newest version of Node-API that tfjs-node 4.22 supports, and the path where it then looks for its binding. */
const NAPI = 8;
export const BINDING = join('lib', `napi-v${NAPI}`, 'tfjs_binding.node');

/** The first C++ compiler that starts: `$CXX`, c++, g++, clang++. Throws an EnableError if none does. */
export function findCompiler(run: Run, env: NodeJS.ProcessEnv): string {
  const tried = [env['CXX'], 'c++', 'g++', 'clang++'].filter(Boolean) as string[];
  const found = tried.find((compiler) => run(compiler, ['--version'], { env }).status === 0);
  if (found === undefined)
    throw new EnableError(
      `no C++ compiler was found (tried ${tried.join(', ')}); install one (Debian and Ubuntu: apt-get install g++; ` +
        'macOS: xcode-select --install), set CXX, or use --stock.',
    );
  return found;
}

/**
 * Builds the binding inside the folder of `@tensorflow/tfjs-node`.
 *
 * @param headers the folder of Node-API's headers
 * @throws EnableError with the compiler's first error
 */
export function buildBinding(
  run: Run,
  compiler: string,
  tfjsNode: string,
  headers: string,
  { folder, include, libraries, version }: TensorflowParts,
  platform: NodeJS.Platform = process.platform,
): void {
  const target = join(tfjsNode, BINDING);
  const temporary = `${target}.part`;
  mkdirSync(dirname(target), { recursive: true });
  const result = run(
    compiler,
    [
      '-std=c++17',
      '-O2',
      '-fPIC',
      '-shared',
      `-DNAPI_VERSION=${NAPI}`,
      // Node's functions are resolved when Node loads the binding
      ...(platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
      ...[headers, '.', include].map((path) => `-I${path}`),
      ...SOURCES,
      ...libraries,
      `-Wl,-rpath,${folder}`,
      '-o',
      temporary,
    ],
    { cwd: tfjsNode },
  );
  if (result.status !== 0)
    throw new EnableError(
      `${compiler} cannot compile the binding against TensorFlow ${version}: ${complaint(result)}; ` +
        'use another compiler (CXX), another TensorFlow (--tensorflow FOLDER), or --stock.',
    );
  renameSync(temporary, target);
}
