import { readdirSync } from 'node:fs';
import { posix } from 'node:path';

const NOT_SOURCE = new Set([
  'node_modules',
  'dist',
  'coverage',
  'api-docs',
  'generated',
  '.git',
  '.turbo',
  '.changeset',
]);

/** All files below `folder`, and the folders that hold them (these end in "/"), as paths relative to it. */
export function repositoryPaths(folder: string, prefix = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    // runs/ of the root is where the demo writes; packages/runs is a package
    if (NOT_SOURCE.has(entry.name) || (prefix === '' && entry.name === 'runs')) return [];
    const path = prefix + entry.name;
    return entry.isDirectory()
      ? [`${path}/`, ...repositoryPaths(`${folder}/${entry.name}`, `${path}/`)]
      : [path];
  });
}

/** The anchors of a Markdown text as GitHub makes them from its headings. */
export function anchors(markdown: string): Set<string> {
  const headings = prose(markdown).matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\- _]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** The relative links of a Markdown text, without their titles: "docs/cuda.md#registers". */
export function relativeLinks(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^()\s]+)\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/**
 * The source paths that a Markdown text names in backticks: what starts with a folder of the repository or of a package,
 * or ends like a source file. "*" and "<name>" stand for any part of a name.
 */
export function namedPaths(markdown: string): string[] {
  return [...prose(markdown).matchAll(/`([^`\s]+)`/g)]
    .map(([, text]) => text!)
    .filter(
      (text) =>
        /^(packages|apps|tools|docs|src|test|scripts|\.ci|\.github)\/[\w*<>./-]+$/.test(text) ||
        /^[\w*<>/-][\w*<>./-]*\.(tsx?|mjs|py|sh|cuh?|wgsl|cpp|md)$/.test(text),
    )
    .filter((text) => !/^test\/(good|<defect>)\//.test(text)); // folders of a data set
}

/** Whether `named`, written in the file `source`, is one of `paths`: from the root, or anywhere in the source's package. */
export function isPath(named: string, source: string, paths: readonly string[]): boolean {
  const room = /^(packages|apps)\/[^/]+\//.exec(source)?.[0] ?? '';
  const pattern = named
    .replace(/\/$/, '')
    .replace(/[.+]/g, '\\$&')
    .replace(/\*|<\w+>/g, '[^/]*');
  const whole = new RegExp(`^${pattern}/?$`);
  const part = new RegExp(`^${room}(.*/)?${pattern}/?$`);
  return paths.some((path) => whole.test(path) || part.test(path));
}

/** The path, relative to the root, that a link in the file `source` leads to. */
export function linkTarget(link: string, source: string): string {
  return posix.join(posix.dirname(source), link.split('#')[0]! || posix.basename(source));
}

function prose(markdown: string): string {
  return markdown.replace(/^```[^]*?^```/gm, '');
}
