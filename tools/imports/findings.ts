import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ICruiseResult } from 'dependency-cruiser';
import { readImports } from './cruise.ts';
import { filesByFolder, largeFolders } from './folders.ts';
import { MAY_IMPORT } from './rules.ts';

/** A sentence for each import that breaks a rule. */
export function brokenRules({ summary }: Pick<ICruiseResult, 'summary'>): string[] {
  const comments = new Map(
    summary.ruleSetUsed?.forbidden?.map(({ name, comment }) => [name, comment] as const),
  );
  return summary.violations.map(({ from, to, cycle, rule }) => {
    const way = cycle === undefined ? to : cycle.map(({ name }) => name).join(', which imports ');
    return `${from} imports ${way}: ${comments.get(rule.name) ?? rule.name}.`;
  });
}

/** A sentence for each package without an entry in `MAY_IMPORT`. */
export function packagesWithoutRule(folders: readonly string[]): string[] {
  return folders
    .filter((name) => !Object.hasOwn(MAY_IMPORT, name))
    .map(
      (name) =>
        `packages/${name} has no rule: say in MAY_IMPORT (tools/imports/rules.ts) what it may import.`,
    );
}

/** All that is wrong with the imports and folders of the repository at `root`, a sentence each. */
export async function findings(root: string): Promise<string[]> {
  const packages = readdirSync(join(root, 'packages'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  return [
    ...packagesWithoutRule(packages),
    ...brokenRules(await readImports(root)),
    ...largeFolders(filesByFolder(root)),
  ];
}
