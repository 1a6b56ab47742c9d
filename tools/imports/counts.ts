import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files and lines of a package or app, without tests and generated files. */
export interface Counts {
  lines: number;
  /** Files that each folder of its `src` has itself; `.` is `src`. */
  folders: Record<string, number>;
}

const SOURCE = /[.](tsx?|mjs|css|wgsl|cuh?)$/;

/** Counts of every package and app of the repository at `root`, by its path. */
export function countSources(root: string): Record<string, Counts> {
  const counted: Record<string, Counts> = {};
  for (const group of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, group)).toSorted()) {
      const src = join(root, group, name, 'src');
      if (existsSync(src)) counted[`${group}/${name}`] = countFolder(src);
    }
  }
  return counted;
}

function countFolder(src: string): Counts {
  const counts: Counts = { lines: 0, folders: {} };
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(src, folder), { withFileTypes: true })) {
      const path = folder === '.' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== 'generated') visit(path);
      if (!entry.isFile() || !SOURCE.test(entry.name)) continue;
      counts.folders[folder] = (counts.folders[folder] ?? 0) + 1;
      counts.lines += readFileSync(join(src, path), 'utf8').split('\n').length - 1;
    }
  };
  visit('.');
  return counts;
}

/** `src 3, ops 16`: the folders with their files, sorted by name, `src` first. */
function folderList({ folders }: Counts): string {
  return Object.entries(folders)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, files]) => `${folder === '.' ? 'src' : folder} ${files}`)
    .join(', ');
}

const EMPTY: Counts = { lines: 0, folders: {} };

/** A Markdown table: per package, its folders with their files and its lines, before and after. */
export function countsTable(
  before: Readonly<Record<string, Counts>>,
  after: Readonly<Record<string, Counts>>,
): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  const rows = names.map((name) => {
    const [old, now] = [before[name] ?? EMPTY, after[name] ?? EMPTY];
    return `| ${name} | ${folderList(old) || 'none'} | ${folderList(now) || 'none'} | ${old.lines} | ${now.lines} |`;
  });
  return [
    '| package or app | files by folder, before | files by folder, now | lines, before | lines, now |',
    '| --- | --- | --- | ---: | ---: |',
    ...rows,
  ].join('\n');
}
