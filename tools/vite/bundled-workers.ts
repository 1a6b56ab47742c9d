import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { build, type Plugin as EsbuildPlugin } from 'esbuild';
import type { Plugin } from 'vite';

/** Vite serves a module by its path with it. */
const BY_PATH = '/@fs';
const WORKER = /new Worker\(new URL\('(\.[^']+)', import\.meta\.url\)/g;

/**
 * Serves each worker of the page as one module (in vitest's browser): a worker that loads its hundreds of modules one by one takes seconds to start,
 * and tests start dozens of them.
 */
export function bundledWorkers(): Plugin {
  const made = new Map<string, Promise<string>>();
  return {
    name: 'bundled-workers',
    enforce: 'pre',
    load(id) {
      const [file, query] = id.split('?') as [string, string?];
      if (!query?.startsWith('worker_file') || !/\/apps\/viewer\/src\//.test(file)) return undefined;
      const code = made.get(file) ?? bundled(file);
      made.set(file, code);
      return code;
    },
  };
}

async function bundled(file: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['@pyramid-mamba/source'],
    mainFields: ['module', 'main'],
    logLevel: 'error',
    plugins: [addresses],
  });
  return outputFiles[0]!.text;
}

/** What a bundle asks the host for: files by their address, and the workers that a worker starts. */
const addresses: EsbuildPlugin = {
  name: 'addresses',
  setup({ onResolve, onLoad, resolve: find }) {
    onResolve({ filter: /\?url$/ }, async ({ path, resolveDir, kind }) => {
      const found = await find(path.slice(0, -'?url'.length), { resolveDir, kind });
      return found.errors.length > 0 ? { errors: found.errors } : { path: found.path, namespace: 'address' };
    });
    onLoad({ filter: /.*/, namespace: 'address' }, ({ path }) => ({
      contents: `export default ${JSON.stringify(BY_PATH + path)}`,
    }));
    onLoad({ filter: /\/apps\/viewer\/src\/.*\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const contents = text.replaceAll(WORKER, (_, relative: string) => {
        const address = `${BY_PATH}${resolve(dirname(path), relative)}?worker_file&type=module`;
        return `new Worker(globalThis.location.origin + ${JSON.stringify(address)}`;
      });
      return { contents, loader: 'ts' };
    });
  },
};
