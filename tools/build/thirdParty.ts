// The licences of the packages that a build bundles, as those licences require.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** A bundler's record of one build: esbuild's metafile, by the path of each input file. */
interface Metafile {
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
}

interface Manifest {
  name: string;
  version: string;
  license?: string;
  author?: string | { name: string };
}

const LEGAL_FILE = /^(licen[cs]e|notice|copying)([.-].*)?$/i;

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** The folder of the npm package a file belongs to; undefined for files of this repository. */
function packageFolder(file: string): string | undefined {
  if (!file.split(/[\\/]/).includes('node_modules')) return undefined;
  let folder = dirname(file);
  // a package may contain manifests without a version, with only `"type": "module"` for example
  while (!existsSync(join(folder, 'package.json')) || manifestOf(folder).version === undefined) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error(`${file}: none of its parent folders has a package.json with a name.`);
    folder = parent;
  }
  return folder;
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** A package's name, version, licence, and its legal files in full. */
function notice(folder: string): string {
  const { name, version, license, author } = manifestOf(folder);
  if (license === undefined)
    throw new Error(`${name}: its package.json has no licence; it cannot be bundled.`);
  const by = typeof author === 'string' ? author : author?.name;
  const texts = readdirSync(folder)
    .filter((file) => LEGAL_FILE.test(file))
    .toSorted()
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  // some packages lack the text of their licence
  if (texts.length === 0 && license === 'Apache-2.0')
    texts.push('The text of this licence is in the file LICENSE.');
  else if (texts.length === 0 && license === 'MIT' && by !== undefined)
    texts.push(`Copyright (c) ${by}\n\n${MIT}`);
  else if (texts.length === 0)
    throw new Error(`${name}: it lacks the text of its licence, ${license}; add one here.`);
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}

/**
 * The files whose code a bundle contains.
 *
 * @param metafile esbuild's, its paths relative to the current folder
 */
export function bundledFiles(metafile: string): string[] {
  const { outputs } = JSON.parse(readFileSync(metafile, 'utf8')) as Metafile;
  return Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([file]) => resolve(file)),
  );
}

/**
 * Writes the licences of all npm packages that these files belong to.
 *
 * @throws Error if a package has no licence
 */
export function writeThirdPartyNotices(files: Iterable<string>, out: string): void {
  const folders = new Set([...files].map(packageFolder).filter((folder) => folder !== undefined));
  const notices = [...folders].map(notice).toSorted();
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  writeFileSync(out, `This package contains code of these packages:\n\n${notices.join(rule)}\n`);
}
