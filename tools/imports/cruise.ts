import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { RULES } from './rules.ts';

/** The folders whose files are read, below the root. Tests may import what they like. */
const FOLDERS = ['packages', 'apps', 'tools', 'examples'];

/**
 * Reads the imports of all sources, types too, and judges them by `RULES`. Packages are resolved to their sources.
 *
 * @param root the folder of the repository
 */
export async function readImports(root: string): Promise<ICruiseResult> {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  const { output } = await cruise(
    folders,
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: RULES },
      doNotFollow: { path: 'node_modules' },
      // hidden folders come and go with the tools that make them
      exclude: { path: '(^|/)[.][^./]|(^|/)(generated|dist|test|public|build|scripts)/|[.]config[.]ts$' },
      tsPreCompilationDeps: true,
      moduleSystems: ['es6'],
    },
    {
      exportsFields: ['exports'],
      conditionNames: ['@pyramid-mamba/source', 'types', 'import', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.d.ts', '.json', '.cjs'],
      extensionAlias: { '.js': ['.ts', '.tsx', '.js'] },
    },
  );
  if (typeof output === 'string') throw new Error(`dependency-cruiser returned text: ${output}`);
  return output;
}
