import { build } from 'esbuild';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Whether an entry is for Node only: by its name, or by the condition `node` without a default. */
function isForNode(subpath: string, entry: Record<string, string>): boolean {
  return subpath.endsWith('/node') || ('node' in entry && !('default' in entry));
}

/** The entries of a package, by subpath, that are not for Node only. */
function entriesOf(name: string): [subpath: string, file: string][] {
  const { exports } = JSON.parse(readFileSync(`${root}/packages/${name}/package.json`, 'utf8')) as {
    exports: Record<string, string | Record<string, string>>;
  };
  return Object.entries(exports).flatMap(([subpath, entry]) =>
    typeof entry === 'string' || isForNode(subpath, entry)
      ? []
      : [[subpath, `${root}/packages/${name}/${entry['@pyramid-mamba/source']!}`] as [string, string]],
  );
}

/** A backend for Node alone has no entry for browsers. */
const packages = readdirSync(`${root}/packages`).filter((name) => entriesOf(name).length > 0);

test.each(packages)('package %s bundles for a browser without a Node built-in', async (name) => {
  for (const [subpath, file] of entriesOf(name)) {
    const { metafile } = await build({
      entryPoints: [file],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['@pyramid-mamba/source'],
      external: ['@tensorflow/*'],
      logLevel: 'silent',
    });
    const outside = Object.values(metafile.outputs).flatMap((output) => output.imports);
    const others = outside.filter(({ path }) => !path.startsWith('@tensorflow/'));
    expect(others, `${name} ${subpath}`).toEqual([]);
  }
});
