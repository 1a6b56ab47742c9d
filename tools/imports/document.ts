import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import before from './before.json' with { type: 'json' };
import { countSources, countsTable } from './counts.ts';
import { readImports } from './cruise.ts';
import { svgOf } from './picture.ts';
import { roomGraph } from './rooms.ts';
import { MAY_IMPORT } from './rules.ts';

/** The page, and the picture in it, as paths from the root. */
export const PAGE = 'docs/rooms.md';
export const PICTURE = 'docs/images/imports.svg';

/** `text` with the lines between the marks of the generated part `name` replaced by `lines`. */
export function withPart(text: string, name: string, lines: string): string {
  const [start, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`${PAGE}: the marks of the part "${name}" are missing; write "${start}" and "${end}".`);
  return `${text.slice(0, from + start.length)}\n\n${lines}\n\n${text.slice(to)}`;
}

function arrowTable(): string {
  const rows = Object.entries(MAY_IMPORT).map(
    ([name, others]) => `| ${name} | ${others.length > 0 ? others.join(', ') : '–'} |`,
  );
  return ['| package | may import |', '| --- | --- |', ...rows].join('\n');
}

/** The generated documents of the repository at `root`: their text by path. */
export async function documents(root: string): Promise<Map<string, string>> {
  const graph = roomGraph((await readImports(root)).modules);
  const page = readFileSync(join(root, PAGE), 'utf8');
  const table = countsTable(before, countSources(root));
  return new Map([
    [PAGE, withPart(withPart(page, 'arrows', arrowTable()), 'counts', table)],
    [PICTURE, await svgOf(graph)],
  ]);
}
