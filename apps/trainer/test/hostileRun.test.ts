// An untrusted run folder: nothing outside it is read, nothing waits forever, nothing is an internal error.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodePngRgb } from '@pyramid-mamba/data/node';
import { seededRandom } from '@pyramid-mamba/data';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder } from './kit.js';

const FIXTURE = fileURLToPath(new URL('./fixtures/run-0.1.0/run', import.meta.url));
const home = temporaryFolder();
const run = join(home, 'run');
const secret = join(home, 'secret');
const posix = test.skipIf(process.platform === 'win32');

type Json = Record<string, unknown>;
const at = (...parts: string[]) => join(run, ...parts);
const scores = (): Json[] =>
  readFileSync(at('scores.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
const writeScores = (lines: unknown[]) =>
  writeFileSync(at('scores.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
const json = (name: string) => JSON.parse(readFileSync(at(name), 'utf8')) as Json;
const writeJson = (name: string, value: unknown) => writeFileSync(at(name), JSON.stringify(value));

async function report(): Promise<{ code: number; err: string; out: string }> {
  const io = recordingIo();
  const code = await main(['report', run], io);
  return { code, err: io.stderr, out: io.stdout };
}

/** Expects an error and no report. */
async function refused(sentence: RegExp): Promise<void> {
  const { code, err } = await report();
  expect(err).toMatch(sentence);
  expect([code, existsSync(at('report'))]).toEqual([2, false]);
}

let picture: Uint8Array;
beforeAll(async () => {
  picture = await encodePngRgb({ width: 12, height: 4, data: new Uint8Array(144).fill(99) });
  mkdirSync(secret);
  writeFileSync(join(secret, 'passport.png'), picture);
});
beforeEach(() => {
  rmSync(run, { recursive: true, force: true });
  cpSync(FIXTURE, run, { recursive: true });
  for (const line of scores()) {
    const path = at('maps', line['map'] as string);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, picture);
  }
});

test('an intact run gives a report with its pictures', async () => {
  const { code, err } = await report();
  expect([code, err]).toEqual([0, '']);
  expect(readdirSync(at('report', 'images'))).toHaveLength(scores().length);
});

describe('a heat map that scores.jsonl names', () => {
  test.each([
    '../../secret/passport.png',
    '..\\..\\secret\\passport.png',
    'bottle/../../../secret/passport.png',
    './bottle/../../../secret/passport.png',
    join(secret, 'passport.png'),
    'C:/secret/passport.png',
    'bottle//crack/000.png',
    'a\u0000b.png',
    '',
  ])('as %j is not read', async (map) => {
    writeScores(scores().map((line, i) => (i === 3 ? { ...line, map } : line)));
    await refused(/is not read, because it leads out of the folder/);
  });

  posix('behind a link that leads out of the run is not read', async () => {
    const map = scores()[0]!['map'] as string;
    rmSync(at('maps', map));
    symlinkSync(join(secret, 'passport.png'), at('maps', map));
    await refused(/leads out of the folder/);
    rmSync(at('maps'), { recursive: true });
    symlinkSync(secret, at('maps'));
    writeScores([{ ...scores()[0], map: 'passport.png' }]);
    await refused(/leads out of the folder/);
  });

  test('must be a PNG, not another format of the image library', async () => {
    writeFileSync(
      at('maps', scores()[0]!['map'] as string),
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="/etc/hostname"/></svg>',
    );
    await refused(/is not a heat map; run `evaluate` again/);
  });

  test('that is missing is left out of the report', async () => {
    rmSync(at('maps', scores()[0]!['map'] as string));
    expect((await report()).code).toBe(0);
    expect(readdirSync(at('report', 'images'))).toHaveLength(scores().length - 1);
  });
});

describe('a file of the run that never ends', () => {
  const names = [
    'config.json',
    'metrics.json',
    'scores.jsonl',
    'curves.json',
    'train.jsonl',
    'model.safetensors',
  ];
  for (const name of [...names, 'maps/bottle/broken_lip/000.png'])
    posix(
      `a pipe or a device as ${name} is refused without waiting`,
      async () => {
        rmSync(at(name), { force: true });
        execFileSync('mkfifo', [at(name)]);
        await refused(/is not read: expected a file, but it is a folder, a pipe or a device/);
        rmSync(at(name));
        symlinkSync('/dev/zero', at(name));
        await refused(/leads out of the folder|expected a file, but it is/);
        rmSync(at(name));
        mkdirSync(at(name));
        await refused(/cannot be read|expected a file, but it is a folder/);
      },
      20_000,
    );

  posix('a pipe as a model, weights or checkpoint is refused too', async () => {
    const pipe = join(home, 'pipe');
    if (!existsSync(pipe)) execFileSync('mkfifo', [pipe]);
    for (const argv of [
      ['predict', join(secret, 'passport.png'), '--model', pipe],
      ['evaluate', run, '--data', pipe],
      ['train', '--data', 'synthetic', '--out', join(home, 'new'), '--encoder', pipe, '--backend', 'wasm'],
      ['train', '--data', 'synthetic', '--out', join(home, 'new'), '--config', pipe],
      ['weights', 'convert', pipe],
    ]) {
      const io = recordingIo();
      expect([await main(argv, io), argv[0]]).toEqual([2, argv[0]]);
    }
  });

  posix('a file above the maximum size is refused before it is read', async () => {
    for (const name of ['metrics.json', 'scores.jsonl', 'config.json']) {
      const before = readFileSync(at(name));
      truncateSync(at(name), 2 ** 40);
      await refused(/is not read: it has 1048576\.0 MiB, more than the maximum of \d+\.0 MiB/);
      writeFileSync(at(name), before);
    }
  });

  test('files listed in metrics.json are read only inside the run', async () => {
    const evaluated = { model: '', data: '', files: { '../secret/passport.png': 'x' } };
    writeJson('metrics.json', { ...json('metrics.json'), evaluated });
    await refused(/leads out of the folder/);
  });
});

describe('untrusted names', () => {
  const name = '=<img src=x onerror=alert(1)>|![p](https://evil.example/p.png)\u202e\u001b[2J`';
  beforeEach(() => {
    const rename = (record: unknown) =>
      Object.fromEntries(
        Object.entries(record as Json).map(([key, value]) => [key === 'bottle' ? name : key, value]),
      );
    const config = json('config.json');
    writeJson('config.json', {
      ...config,
      classes: [name, 'tile'],
      preset: name,
      backend: name,
      versions: { [name]: name },
    });
    const metrics = json('metrics.json');
    writeJson('metrics.json', {
      ...metrics,
      classes: rename(metrics['classes']),
      ...(metrics['thresholds'] !== undefined && { thresholds: rename(metrics['thresholds']) }),
      undefined: { [name]: name },
    });
    writeScores(
      scores().map((line, i) => ({
        ...line,
        class: line['class'] === 'bottle' ? name : line['class'],
        defect: name,
        file: `${name}${i}`,
      })),
    );
  });

  test('are text in every file of the report and on the terminal', async () => {
    const { code, err, out } = await report();
    expect([code, err]).toEqual([0, '']);
    // eslint-disable-next-line no-control-regex
    const obeyed = /[\u0000-\u0008\u000b-\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
    expect(out).not.toMatch(obeyed);
    const html = readFileSync(at('report', 'report.html'), 'utf8');
    expect(html).not.toMatch(/<img src=x|<script|https:\/\/evil\.example\/p\.png"/);
    expect(html).not.toMatch(obeyed);
    const markdown = readFileSync(at('report', 'report.md'), 'utf8');
    expect(markdown).not.toMatch(obeyed);
    // nothing of it is unescaped outside of code
    const bare = markdown.replace(/\\[!-/:-@[-`{-~]/g, '').replace(/`[^`\n]*`/g, '');
    expect(bare).not.toMatch(/<img|!\[|\]\(|https:/);
    for (const file of ['metrics.csv', 'scores.csv']) {
      const cells = readFileSync(at('report', file), 'utf8').split(/\r\n|,/);
      expect(cells.filter((cell) => /^"?[=+@]/.test(cell))).toEqual([]);
    }
  });
});

describe('JSON that is not what evaluate writes', () => {
  const HOSTILE: unknown[] = [
    null, true, 0, -1, 1e308, -1e308, 1e-320, 1.5, '', 'x', '=1', '__proto__', 'constructor', [], {}, [[]],
    [null], { a: 1 }, '\u0000', 'x'.repeat(5_000), { __proto__: null }, ['constructor', 'constructor'],
  ]; // prettier-ignore
  const FILES = ['config.json', 'metrics.json', 'curves.json', 'scores.jsonl', 'train.jsonl'];
  const rounds = process.env['FUZZ'] === 'full' ? 3_000 : 40;

  /** Changes one value somewhere inside another. */
  function changed(value: unknown, random: () => number): unknown {
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    if (typeof value !== 'object' || value === null || random() < 0.1) return pick(HOSTILE);
    const keys = Object.keys(value);
    if (keys.length === 0) return pick(HOSTILE);
    const key = pick(keys);
    const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as Json;
    if (random() < 0.15) delete copy[key];
    else if (random() < 0.1) copy[pick(['constructor', 'toString', 'extra', ''])] = pick(HOSTILE);
    else copy[key] = changed(copy[key], random);
    return copy;
  }

  test('is refused with an error or gives a report', async () => {
    const points = Array.from({ length: 4 }, (_, i) => [i / 3, i / 3, 0.1]);
    const curve = { roc: points, pr: points, pro: points };
    writeJson('curves.json', { bottle: curve, tile: curve });
    const sound = new Map(FILES.map((name) => [name, readFileSync(at(name), 'utf8')]));
    expect((await report()).code).toBe(0);
    for (let round = 0; round < rounds; round++) {
      const random = seededRandom('hostile JSON', round);
      for (const [name, text] of sound) writeFileSync(at(name), text);
      const name = FILES[Math.floor(random() * FILES.length)]!;
      const text = sound.get(name)!;
      if (random() < 0.1) {
        writeFileSync(at(name), text.slice(0, Math.floor(random() * text.length)));
      } else if (name.endsWith('.jsonl')) {
        const lines = text.trim().split('\n');
        const i = Math.floor(random() * lines.length);
        lines[i] = JSON.stringify(changed(JSON.parse(lines[i]!), random)) ?? '';
        writeFileSync(at(name), `${lines.join('\n')}\n`);
      } else writeFileSync(at(name), JSON.stringify(changed(JSON.parse(text), random)) ?? '');
      const { code, err } = await report();
      expect(err, `round ${round}: ${name}`).not.toMatch(/internal error/);
      expect([0, 2], `round ${round}: ${name}`).toContain(code);
      expect(code === 2, `round ${round}: ${name}: ${err}`).toBe(err !== '');
    }
  });
});
