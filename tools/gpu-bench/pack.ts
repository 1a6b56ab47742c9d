// npm run gpu-bench -- pack [--out DIR] [--without-node]: a folder of about 50 MB that a machine with an NVIDIA GPU needs to measure,
// for Linux on the processor of this machine. Copy it there and run `sh run.sh`.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { executable } from '../browser/executable.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '..', '..');
const require = createRequire(join(root, 'packages', 'ssm-kernels', 'package.json'));
const LOADERS = ['/usr/lib/x86_64-linux-gnu/libvulkan.so.1', '/usr/lib/aarch64-linux-gnu/libvulkan.so.1'];

export interface PackOptions {
  out: string;
  /** Exclude the Node binary, if the machine has one. */
  withoutNode?: boolean;
}

/** The folder of an installed package. */
function packageFolder(name: string, from: NodeJS.Require = require): string {
  return dirname(realpathSync(from.resolve(`${name}/package.json`)));
}

/** koffi, with the binary for this platform only. */
function copyKoffi(modules: string): void {
  const folder = dirname(realpathSync(require.resolve('koffi')));
  const native = `@koromix/koffi-${process.platform}-${process.arch}`;
  for (const [name, from] of [
    ['koffi', folder],
    [native, packageFolder(native, createRequire(join(folder, 'index.cjs')))],
  ] as const)
    cpSync(from, join(modules, name), {
      recursive: true,
      dereference: true,
      filter: (path) =>
        !/[\\/](doc|vendor|lib|musl_\w+|src[\\/]koffi[\\/](src[\\/])?[^\\/]+\.(cc|hh|h|S|asm))$/.test(path),
    });
}

/** Dawn, with the binary for this platform only. */
function copyDawn(modules: string): void {
  const folder = packageFolder('webgpu');
  const ours = `${process.platform}-${process.arch}`;
  const others = readdirSync(join(folder, 'dist')).filter((name) => name !== ours);
  cpSync(folder, join(modules, 'webgpu'), {
    recursive: true,
    dereference: true,
    filter: (path) =>
      !others.some((name) => path.endsWith(join('dist', name))) && !path.endsWith('node_modules'),
  });
}

/** Creates the folder; returns its size in bytes. */
export async function pack({ out, withoutNode = false }: PackOptions): Promise<number> {
  if (process.platform !== 'linux')
    throw new Error(`gpu-bench: packing works on Linux, this is ${process.platform}.`);
  rmSync(out, { recursive: true, force: true });
  const modules = join(out, 'node_modules');
  mkdirSync(modules, { recursive: true });
  await build({
    entryPoints: { bench: join(here, 'bench.ts') },
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@pyramid-mamba/source'],
    // tfjs-core's ESM files, so that its gradients use the same copy
    mainFields: ['module', 'main'],
    external: ['koffi', 'webgpu'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  copyKoffi(modules);
  copyDawn(modules);
  for (const name of ['run.sh', 'reference.py']) cpSync(join(here, name), join(out, name));
  const loader = LOADERS.find((path) => existsSync(path));
  if (loader) {
    mkdirSync(join(out, 'lib'));
    cpSync(realpathSync(loader), join(out, 'lib', 'libvulkan.so.1'));
  }
  if (!withoutNode)
    writeFileSync(
      join(out, 'node.xz'),
      execFileSync(executable('xz'), ['-T0', '-6', '-c', realpathSync(process.execPath)], {
        maxBuffer: 2 ** 30,
      }),
    );
  const commit = execFileSync(executable('git'), ['-C', root, 'rev-parse', '--short', 'HEAD'], {
    encoding: 'utf8',
  }).trim();
  writeFileSync(join(out, 'COMMIT'), `${commit}\n`);
  return folderBytes(out);
}

function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).reduce((sum, name) => {
    const status = statSync(join(folder, name));
    return sum + (status.isFile() ? status.size : 0);
  }, 0);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', default: join(root, 'runs', 'gpu-bench') },
      'without-node': { type: 'boolean', default: false },
    },
  });
  if (positionals.join() !== 'pack')
    throw new Error('usage: npm run gpu-bench -- pack [--out DIR] [--without-node]');
  const bytes = await pack({ out: values.out, withoutNode: values['without-node'] });
  console.log(
    `${values.out}: ${(bytes / 1e6).toFixed(1)} MB, commit ${readFileSync(join(values.out, 'COMMIT'), 'utf8').trim()}`,
  );
  console.log(`on the machine with the GPU: sh run.sh`);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main().catch((error: unknown) => {
    console.error((error as Error).message);
    process.exitCode = 1;
  });
