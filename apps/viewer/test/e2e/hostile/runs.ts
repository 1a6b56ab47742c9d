// Malicious run folders, derived from the example's.
import type { View } from '../acts.js';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MARKUP } from './markup.js';
import { resizedHeader } from './pictures.js';

interface Item {
  id: string;
  file: string;
  class: string;
  defect: string;
  score: number;
  picture: string;
  mask: string | null;
  levels: string;
}
export interface Manifest {
  dataset: string;
  size: number;
  sigma: number;
  scale: { low: Record<string, number>; span: number };
  classes: string[];
  calibration: Record<string, { review: number; reject: number; scoreRange: [number, number] }>;
  levels: [number, number][];
  items: Item[];
}

const MANIFEST = 'viewer/viewer.json';
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8')) as Manifest;

/** A change to a folder that holds a copy of the example. */
export type Spoil = (folder: string) => void;

/** Replaces a value in `viewer.json`. */
const saying =
  (change: (manifest: Manifest) => unknown): Spoil =>
  (folder) => {
    const said = manifestOf(folder);
    const made = change(said);
    writeFileSync(join(folder, MANIFEST), JSON.stringify(typeof made === 'object' ? made : said));
  };
const text =
  (path: string, content: string): Spoil =>
  (folder) =>
    writeFileSync(join(folder, path), content);

/** A modified copy of the example under `home`; its path. */
export function spoilt(home: string, name: string, spoil: Spoil): string {
  const folder = join(home, name);
  mkdirSync(folder, { recursive: true });
  cpSync(new URL('../../../public/example/', import.meta.url), folder, { recursive: true });
  spoil(folder);
  return folder;
}

const again = /run `pyramid-mamba evaluate` on the run again/;

/** By fault: the change, and the error that the page must show when the folder is opened. */
export const refusedRuns: Record<string, [spoil: Spoil, sentence: RegExp]> = {
  'is an empty folder': [(folder) => rmSync(folder, { recursive: true }), /is not a run|cannot be read/],
  'has no viewer.json': [
    (folder) => rmSync(join(folder, MANIFEST)),
    /is a run without viewer\/viewer\.json: .*run `pyramid-mamba evaluate` on it/,
  ],
  'has half a viewer.json': [
    (folder) => {
      const whole = readFileSync(join(folder, MANIFEST));
      writeFileSync(join(folder, MANIFEST), whole.subarray(0, whole.length >> 1));
    },
    /expected JSON, but the file is damaged; run `pyramid-mamba evaluate`/,
  ],
  'has a viewer.json of brackets': [text(MANIFEST, '['.repeat(1e6)), /the file is damaged/],
  'has a viewer.json that is null': [text(MANIFEST, 'null'), /expected format/],
  'has another format': [saying((said) => ({ ...said, format: MARKUP })), /but it has "<img/],
  'has text for pictures': [saying((said) => ({ ...said, items: MARKUP })), /items: Invalid input.*; run/],
  'has text for a score': [saying((said) => void (said.items[3]!.score = '9' as never)), /items\.3\.score: /],
  'has a score beyond numbers': [saying((said) => void (said.items[3]!.score = 1e308)), /items\.3\.score: /],
  'has a class that is a list': [
    saying((said) => void (said.items[0]!.class = ['tile'] as never)),
    /items\.0\.class: /,
  ],
  'has pictures of 10^9 pixels a side': [saying((said) => void (said.size = 1e9)), /size: Too big/],
  'has maps of 10^9 numbers': [saying((said) => void (said.levels = [[1e9, 1]])), /levels\.0\.0: Too big/],
  'has a Gaussian of 10^9 pixels': [saying((said) => void (said.sigma = 1e9)), /sigma: Too big/],
  'has a class name of a million letters': [
    saying((said) => void said.classes.push('x'.repeat(1e6))),
    /classes\.3: Too big/,
  ],
  'has a key of a million letters': [
    saying((said) => void (said.calibration['x'.repeat(1e6)] = said.calibration['tile']!)),
    again,
  ],
  'leads out of its folder': [
    saying((said) => void (said.items[2]!.picture = '../../../../etc/passwd')),
    /the path "\.\.\/\.\.\/\.\.\/\.\.\/etc\/passwd" may not be read/,
  ],
  'leads to another machine': [
    saying((said) => void (said.items[2]!.levels = '//elsewhere.example/x')),
    /the path "\/\/elsewhere\.example\/x" may not be read/,
  ],
};

/** Invalid files of the first item: the error is shown beside the picture. */
export const brokenItems: Record<string, [spoil: (folder: string, item: Item) => void, sentence: RegExp]> = {
  'levels shorter than said': [
    (folder, { levels }) => writeFileSync(join(folder, 'viewer', levels), Buffer.alloc(64)),
    /expected \d+ bytes for the maps in viewer\.json, got 64/,
  ],
  'levels longer than said': [
    (folder, { levels }) => writeFileSync(join(folder, 'viewer', levels), Buffer.alloc(1e7)),
    /has 9\.5 MiB, more than the/,
  ],
  'levels of NaN': [
    (folder, { levels }) => {
      const { length } = readFileSync(join(folder, 'viewer', levels));
      writeFileSync(join(folder, 'viewer', levels), Buffer.alloc(length, 0xff));
    },
    /a value is not a finite number/,
  ],
  'no picture': [
    (folder, { picture }) => rmSync(join(folder, 'viewer', picture)),
    /is missing; evaluate the run again/,
  ],
  'half a picture': [
    (folder, { picture }) => {
      const whole = readFileSync(join(folder, 'viewer', picture));
      writeFileSync(join(folder, 'viewer', picture), whole.subarray(0, whole.length >> 1));
    },
    /the picture cannot be decoded; the file is truncated or damaged/,
  ],
  'a picture of 10^9 pixels': [
    (folder, { picture }) => {
      const png = Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
        'base64',
      );
      writeFileSync(join(folder, 'viewer', picture), resizedHeader(png, 31623, 31623));
    },
    /expected 128x128 pixels as in viewer\.json, but its header has 31623x31623/,
  ],
  'a script for a picture': [
    (folder, { picture }) => writeFileSync(join(folder, 'viewer', picture), MARKUP.padEnd(80)),
    /expected a PNG or WebP picture, but it is something else/,
  ],
};

/** Damages the files of the gallery's first item: the one with the highest score. */
export const firstItem =
  (spoil: (folder: string, item: Item) => void): Spoil =>
  (folder) => {
    const [first] = manifestOf(folder).items.sort((a, b) => b.score - a.score);
    spoil(folder, first!);
  };

/** Invalid results, and the views that report them. */
export const brokenResults: Record<string, [spoil: Spoil, view: View, sentence: RegExp]> = {
  'metrics.json': [
    text('metrics.json', '{"protocol":7}'),
    'Figures',
    /metrics\.json of .*expected a file written by `evaluate`/,
  ],
  'curves.json': [
    text('curves.json', '{"tile":'),
    'Thresholds',
    /curves\.json of .*expected JSON, but the file is damaged/,
  ],
  'model.safetensors': [text('model.safetensors', 'x'.repeat(99)), 'Live', /does not start with a header/],
};

/** A valid run whose names are all markup or names of built-ins. */
export const namedRun: Spoil = saying((said) => {
  const names: Record<string, string> = { bottle: MARKUP, tile: 'constructor', wood: 'toString' };
  const renamed = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).map(([name, value]) => [names[name]!, value]));
  said.dataset = MARKUP;
  said.classes = said.classes.map((name) => names[name]!);
  said.scale.low = renamed(said.scale.low);
  said.calibration = renamed(said.calibration);
  for (const item of said.items) {
    item.class = names[item.class]!;
    item.defect = MARKUP;
    item.file = `${MARKUP}/${item.file}`;
  }
});

/** A valid run with a class that is named like the prototype of every object. */
export const prototypeRun: Spoil = (folder) => {
  const said = readFileSync(join(folder, MANIFEST), 'utf8').replaceAll('"tile"', '"__proto__"');
  writeFileSync(join(folder, MANIFEST), said);
};
