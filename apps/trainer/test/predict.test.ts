import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { decodeRgb, readHeader } from '@pyramid-mamba/data/node';
import { loadModel, withModelInfo } from '@pyramid-mamba/model';
import { beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { capitals, captioned } from '../src/predict/caption.js';
import { overlayPng } from '../src/predict/draw.js';
import { linesOf, picturePaths } from '../src/predict/paths.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder, words } from './kit.js';

describe('paths', () => {
  const home = temporaryFolder();
  beforeAll(() => {
    mkdirSync(join(home, 'a', 'b'), { recursive: true });
    for (const name of ['2.PNG', '1.jpg', 'notes.txt', 'b/3.webp']) writeFileSync(join(home, 'a', name), '');
    mkdirSync(join(home, 'empty'));
  });
  test('are files, folders and patterns, each picture once', async () => {
    const a = join(home, 'a');
    const pictures = [join(a, '1.jpg'), join(a, '2.PNG'), join(a, 'b', '3.webp')];
    expect(await picturePaths([a])).toEqual({ pictures, folders: [a] });
    expect(await picturePaths([join(a, '1.jpg'), join(a, '*.jpg')])).toEqual({
      pictures: [join(a, '1.jpg')],
      folders: [],
    });
  });
  test.each([
    ['nowhere.png', /does not exist/],
    ['empty', /contains no picture/],
    ['*.tiff', /no file matches/],
  ])('%s is refused', async (path, sentence) => {
    await expect(picturePaths([join(home, path)])).rejects.toThrow(sentence);
  });

  test('a picture of any suffix or format in a folder is judged or fails by name; indexes of systems are left out', async () => {
    const folder = join(home, 'formats');
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]);
    const put = (name: string, bytes: Buffer | string = jpeg) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    };
    for (const name of [
      '1.jfif',
      '2',
      '3.gif',
      'raw.jpg',
      '@eaDir/1.jpg',
      '#recycle/old.jpg',
      '.AppleDouble/1.jpg',
    ])
      put(name);
    put('4.gif', 'GIF89a');
    put('5.avif', '\0\0\0\x20ftypavif');
    put('sub/6.HEIC', 'x');
    put('raw.NEF', 'II*\0');
    put('Thumbs.db', 'x');
    put('notes.txt', 'x');
    const notes: string[] = [];
    const found = await picturePaths([folder], (sentence) => notes.push(sentence));
    expect(found.pictures.map((path) => relative(folder, path))).toEqual([
      '1.jfif',
      '2',
      // bytes decide: this one is a JPEG
      '3.gif',
      '4.gif',
      '5.avif',
      'raw.jpg',
      join('sub', '6.HEIC'),
    ]);
    expect(notes).toEqual([
      `${folder}: 4 files are not read because of their format (1 .avif, 1 .gif, 1 .heic, 1 .nef): ` +
        'convert them to PNG or JPEG, or remove them',
    ]);
  });

  test('a name typed in one form of Unicode finds the file stored in the other', async () => {
    const stored = join(home, 'e\u0301.png');
    writeFileSync(stored, '');
    expect((await picturePaths([join(home, 'é.png')])).pictures).toEqual([stored]);
    // the class of a picture is looked for below the folder given
    const folder = join(home, 'e\u0301 e\u0301');
    mkdirSync(join(folder, 'tile'), { recursive: true });
    writeFileSync(join(folder, 'tile', '1.png'), '');
    expect(await picturePaths([join(home, 'é é')])).toEqual({
      pictures: [join(folder, 'tile', '1.png')],
      folders: [folder],
    });
  });

  test.each([
    ['UTF-8', Buffer.from('a.png\nü b.png\n')],
    ['a byte order mark and CRLF', Buffer.from('\ufeffa.png\r\n\r\nü b.png\r\n')],
    ['UTF-16 of Windows', Buffer.from('\ufeffa.png\r\nü b.png\r\n', 'utf16le')],
    ['UTF-16, big end first', Buffer.from('\ufeffa.png\r\nü b.png', 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from('a.png\r\nü b.png', 'utf16le')],
  ])('a list in %s', (_, list) => {
    expect(linesOf(list)).toEqual(['a.png', 'ü b.png']);
  });
});

describe('predict', () => {
  const home = temporaryFolder();
  const data = join(home, 'data');
  const run = join(home, 'run');
  const call = async (line: string) => {
    const io = recordingIo();
    const code = await main(words(line), io);
    return { code, out: io.stdout, err: io.stderr };
  };
  const lines = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  beforeAll(async () => {
    await tinyDataset(data);
    tinyEncoder(join(home, 'encoder.safetensors'));
    const { code, err, out } = await call(
      `train --data ${data} --out ${run} --encoder ${join(home, 'encoder.safetensors')} --cache ${join(home, 'cache')} ` +
        '--backend wasm --input-size 64 --batch-size 2 --epochs 2 --workers 1 --hold-back 0.5',
    );
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatch(/held out: 4 good pictures/);
    expect(out).toMatch(
      /thresholds of tile: review from [\d.]+, reject from [\d.]+ \(set by good pictures only: 2 good/,
    );
  });

  test('the model file holds thresholds and prototypes, and survives a change of them bit for bit', () => {
    const bytes = new Uint8Array(readFileSync(join(run, 'model.safetensors')));
    const { model, info } = loadModel(bytes, 'model');
    model.dispose();
    expect(Object.keys(info.calibration!)).toEqual(['tile', 'wood']);
    expect(info.calibration!['tile']).toMatchObject({ method: 'quantile', goodCount: 2, defectCount: 0 });
    expect(info.prototypes!['wood']).toHaveLength(32);
    expect(Buffer.from(withModelInfo(bytes, 'model', (same) => same)).equals(bytes)).toBe(true);
    expect(() =>
      withModelInfo(bytes, 'model', (old) => ({
        ...old,
        calibration: { tile: { ...old.calibration!['tile']!, review: 9 } },
      })),
    ).toThrow(/review must not exceed reject/);
  });

  test('prints a line of JSON a picture, by folder, by name and by look', async () => {
    cpSync(join(data, 'wood', 'test'), join(home, 'sorted', 'wood'), { recursive: true });
    const { code, out, err } = await call(`predict ${join(home, 'sorted')} --model ${run} --backend wasm`);
    expect(code).toBe(0);
    expect(err).toMatch(/\d+ pictures: /);
    const found = lines(out);
    expect(found.length).toBeGreaterThan(3);
    for (const one of found) {
      expect(one).toMatchObject({ class: 'wood', classSource: 'folder', width: 64, height: 64 });
      expect(['OK', 'REVIEW', 'NG', 'UNKNOWN']).toContain(one['verdict']);
      const { review } = one['thresholds'] as { review: number };
      expect((one['regions'] as unknown[]).length > 0).toBe((one['score'] as number) >= review);
    }
    const given = await call(
      `predict ${join(data, 'wood', 'test')} --model ${run} --class tile --backend wasm`,
    );
    expect(lines(given.out)[0]).toMatchObject({ class: 'tile', classSource: 'given' });
    for (const name of ['tile', 'wood']) {
      cpSync(join(data, name, 'test', 'good'), join(home, 'loose', name === 'tile' ? 'a' : 'b'), {
        recursive: true,
      });
    }
    const look = lines((await call(`predict ${join(home, 'loose')} --model ${run} --backend wasm`)).out);
    expect(look.map((one) => one['class'])).toEqual(
      look.map(({ file }) => ((file as string).includes('/a/') ? 'tile' : 'wood')),
    );
    expect(look[0]).toMatchObject({ classSource: 'nearest' });
  });

  test('the location of its folder does not change a judgement, and a folder of another product gives no OK', async () => {
    const pictures = (...parts: string[]) => {
      const folder = join(home, ...parts);
      cpSync(join(data, 'wood', 'test', 'good'), folder, { recursive: true });
      return folder;
    };
    const judged = async (folder: string) => {
      const { code, out } = await call(`predict ${folder} --model ${run} --backend wasm`);
      expect(code).toBe(0);
      return lines(out).map((one): Record<string, unknown> => ({ ...one, file: undefined }));
    };
    pictures('tile', 'incoming');
    const plain = await judged(pictures('plain'));
    expect(await judged(join(home, 'tile', 'incoming'))).toEqual(plain);
    expect(await judged(join(home, 'tile'))).toEqual(plain);
    pictures('mixed', 'tile');
    const misnamed = await judged(join(home, 'mixed'));
    for (const one of misnamed) {
      expect(one).toMatchObject({ class: 'tile', classSource: 'folder' });
      expect(['REVIEW', 'NG']).toContain(one['verdict']);
      expect(one['doubts']).toContainEqual(
        expect.stringMatching(/^its folder says tile, but .* looks like wood/),
      );
    }
  });

  test('writes overlays and 16-bit maps, goes on past a damaged picture and ends with 2', async () => {
    const bad = join(home, 'bad.png');
    writeFileSync(bad, 'no picture');
    const out = join(home, 'out');
    const good = join(data, 'tile', 'test', 'good');
    const { code, err } = await call(
      `predict ${bad} ${good} --model ${join(run, 'model.safetensors')} --out ${out} --overlays --maps --backend wasm`,
    );
    expect(code).toBe(2);
    expect(err).toMatch(/1 of 4 pictures could not be judged/);
    const found = lines(readFileSync(join(out, 'predictions.jsonl'), 'utf8'));
    expect(found[0]).toMatchObject({ file: bad, error: expect.stringMatching(/bad\.png/) as unknown });
    for (const one of found.slice(1)) {
      expect(existsSync(one['overlay'] as string)).toBe(true);
      expect(await readHeader(one['map'] as string, 'map')).toMatchObject({
        width: 64,
        height: 64,
        deep: true,
      });
    }
  });

  test('a person at a terminal is asked before results are replaced; a script with --json is not', async () => {
    const out = join(home, 'asked');
    const line = `predict ${join(data, 'tile', 'test', 'good')} --model ${run} --backend wasm --out ${out} --overlays`;
    expect((await call(line)).code).toBe(0);
    const file = join(out, 'predictions.jsonl');
    const asked: string[] = [];
    const answering = async (answer: boolean, more = '') => {
      writeFileSync(file, 'mine');
      const io = recordingIo();
      const ask = (question: string) => {
        asked.push(question);
        return Promise.resolve(answer);
      };
      const code = await main(words(line + more), { ...io, out: io.out.bind(io), err: io.err.bind(io), ask });
      return { code, err: io.stderr, now: readFileSync(file, 'utf8') };
    };
    expect(await answering(false)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/nothing was replaced; pass another folder/) as unknown,
      now: 'mine',
    });
    expect(asked).toEqual([`${file} and ${join(out, 'overlays')} already exist; replace?`]);
    expect(await answering(false, ' --json')).toMatchObject({ code: 2, now: 'mine' });
    expect(asked).toHaveLength(1);
    const yes = await answering(true);
    expect(yes.code).toBe(0);
    expect(lines(yes.now).length).toBeGreaterThan(1);
  });

  test('overlays of pictures judged NG are in a folder of their own, which a repetition empties', async () => {
    const strict = join(home, 'strict.safetensors');
    const bytes = new Uint8Array(readFileSync(join(run, 'model.safetensors')));
    const good = join(data, 'tile', 'test', 'good');
    const judged = lines((await call(`predict ${good} --model ${run} --class tile --backend wasm`)).out);
    const scores = judged.map((one) => one['score'] as number).sort((a, b) => a - b);
    // between the lowest score and the next
    const reject = (scores[0]! + scores[1]!) / 2;
    writeFileSync(
      strict,
      withModelInfo(bytes, 'model', (info) => ({
        ...info,
        calibration: { ...info.calibration, tile: { ...info.calibration!['tile']!, review: reject, reject } },
      })),
    );
    const out = join(home, 'apart');
    const line = (model: string) =>
      `predict ${good} --model ${model} --class tile --backend wasm --out ${out} --overlays --overwrite`;
    const { err } = await call(line(strict));
    expect(err).toContain(`those of pictures judged NG in ${join(out, 'overlays', 'NG')}`);
    expect(readdirSync(join(out, 'overlays', 'NG'))).toHaveLength(2);
    expect(readdirSync(join(out, 'overlays'))).toHaveLength(2);
    for (const one of lines(readFileSync(join(out, 'predictions.jsonl'), 'utf8')))
      expect((one['overlay'] as string).includes(join('overlays', 'NG'))).toBe(one['verdict'] === 'NG');
    const wide = join(home, 'wide.safetensors');
    writeFileSync(
      wide,
      withModelInfo(bytes, 'model', (info) => ({
        ...info,
        calibration: {
          ...info.calibration,
          tile: { ...info.calibration!['tile']!, review: 0.6, reject: 0.6 },
        },
      })),
    );
    await call(line(wide));
    expect(readdirSync(join(out, 'overlays'))).toHaveLength(3);
  });

  test('the summary counts verdicts by product, and pictures that were not judged', async () => {
    const bad = join(home, 'unreadable.png');
    writeFileSync(bad, 'no picture');
    const { code, err } = await call(
      `predict ${bad} ${join(home, 'sorted')} ${join(data, 'tile', 'test', 'good')} --model ${run} --backend wasm --out ${join(home, 'counted')}`,
    );
    expect(code).toBe(2);
    expect(err).toMatch(/^product +(OK|REVIEW|NG).*\n-+.*\ntile +\d.*\nwood +\d/m);
    expect(err).toMatch(/\d+ pictures: .*1 not judged/);
    expect(err).toMatch(/not judged: .*unreadable\.png/);
  });

  test('what is there is replaced only when asked to', async () => {
    const out = join(home, 'twice');
    const good = join(data, 'tile', 'test', 'good');
    const csv = join(home, 'twice.csv');
    const line = `predict ${good} --model ${run} --backend wasm --out ${out} --csv ${csv}`;
    expect((await call(line)).code).toBe(0);
    const before = readFileSync(join(out, 'predictions.jsonl'), 'utf8');
    writeFileSync(join(out, 'predictions.jsonl'), 'mine');
    for (const again of [line, line.replace(`--out ${out} `, '')]) {
      const { code, err } = await call(again);
      expect(code).toBe(2);
      expect(err).toMatch(/twice(\/predictions\.jsonl|\.csv) already exists; .*--overwrite/);
    }
    expect(readFileSync(join(out, 'predictions.jsonl'), 'utf8')).toBe('mine');
    expect((await call(`${line} --overwrite`)).code).toBe(0);
    expect(readFileSync(join(out, 'predictions.jsonl'), 'utf8')).toBe(before);
    const rows = readFileSync(csv, 'utf8').trim().split('\r\n');
    expect(rows[0]).toMatch(/^file,product,verdict,times limit,score,/);
    expect(rows).toHaveLength(1 + before.trim().split('\n').length);
    // no more digits than float32 has
    expect(rows[1]!.split(',')[4]).toMatch(/^0\.\d{1,8}$/);
  });

  test('replacing removes the overlays and maps of pictures that are no longer judged, and no other file', async () => {
    const out = join(home, 'replaced');
    const good = join(data, 'tile', 'test', 'good');
    const line = `--model ${run} --backend wasm --out ${out} --overlays`;
    expect((await call(`predict ${good} ${line} --maps`)).code).toBe(0);
    const mine = join(out, 'overlays', 'mine.png');
    writeFileSync(mine, '');
    expect(readdirSync(join(out, 'overlays'))).toHaveLength(4);
    expect((await call(`predict ${join(good, '000.png')} ${line} --overwrite`)).code).toBe(0);
    expect(readdirSync(join(out, 'overlays')).sort()).toEqual(['000.png', 'mine.png']);
    expect(existsSync(join(out, 'maps'))).toBe(false);
    // heat maps of an evaluation are not predict's
    mkdirSync(join(out, 'maps'));
    writeFileSync(join(out, 'maps', '.scores.sha256'), '');
    const { code, err } = await call(`predict ${good} ${line} --maps --overwrite`);
    expect(code).toBe(2);
    expect(err).toMatch(/maps is of an evaluation; pass another folder/);
    expect(readdirSync(join(out, 'overlays'))).toHaveLength(2);
  });

  test('lines that cannot get their final name are kept under a partial one', async () => {
    const csv = join(home, 'folder.csv');
    mkdirSync(csv);
    const good = join(data, 'tile', 'test', 'good');
    const { code, err } = await call(
      `predict ${good} --model ${run} --backend wasm --csv ${csv} --overwrite`,
    );
    expect(code).toBe(2);
    expect(err).toMatch(
      /folder\.csv cannot be written: .*; 3 of 3 pictures .* kept in .*folder\.partial\.csv/,
    );
    expect(readFileSync(join(home, 'folder.partial.csv'), 'utf8').trim().split('\r\n')).toHaveLength(4);
  });

  test('a terminal gets a table, the score as a multiple of its limit; --json gives lines there, too', async () => {
    const good = join(data, 'tile', 'test', 'good');
    const io = { ...recordingIo(), isTTY: true };
    const line = words(`predict ${good} --model ${run} --backend wasm`);
    expect(await main(line, io)).toBe(0);
    const [header, ...rows] = io.stdout.trim().split('\n');
    expect(header).toMatch(/^verdict +of limit +product +where +picture$/);
    for (const row of rows) expect(row).toMatch(/^(OK|REVIEW|NG|UNKNOWN) +\d+\.\d\dx  tile .*\.png$/);
    expect(io.stderr).toMatch(/\d+ pictures: /);
    const lineIo = { ...recordingIo(), isTTY: true };
    expect(await main([...line, '--json'], lineIo)).toBe(0);
    expect(lines(lineIo.stdout)).toHaveLength(rows.length);
  });

  test('without thresholds there are no verdicts, which is said with what helps, and overlays all the same', async () => {
    const model = join(home, 'bare.safetensors');
    const bytes = new Uint8Array(readFileSync(join(run, 'model.safetensors')));
    writeFileSync(
      model,
      withModelInfo(bytes, 'model', (info) => ({ ...info, calibration: undefined })),
    );
    const out = join(home, 'bare');
    const { code, err } = await call(
      `predict ${join(data, 'tile', 'test', 'good')} --model ${model} --out ${out} --overlays --backend wasm`,
    );
    expect(code).toBe(0);
    expect(err).toMatch(
      /no thresholds, so there are no verdicts; .*at least four per class\), or, if `train` said .* train for more steps/,
    );
    expect(err).toMatch(/colours of an overlay span the values of its own picture/);
    for (const one of lines(readFileSync(join(out, 'predictions.jsonl'), 'utf8'))) {
      expect(one).toMatchObject({ verdict: null, doubts: ['the model file has no thresholds for tile'] });
      expect(existsSync(one['overlay'] as string)).toBe(true);
    }
  });

  test('an overlay shows the verdict, and what lies below the review threshold', async () => {
    const side = 32;
    const gray = { width: 120, height: 100, data: new Uint8Array(120 * 100 * 3).fill(128) };
    const map = Float32Array.from({ length: side * side }, (_, i) => (i % side < 16 ? 0.03 : 0.01));
    const thresholds = {
      review: 0.06,
      reject: 0.2,
      method: 'quantile' as const,
      goodCount: 5,
      defectCount: 0,
      scoreRange: [0, 0.03] as [number, number],
      background: 0.01,
    };
    const pixelsOf = async (given: Parameters<typeof overlayPng>[3]) =>
      decodeRgb(await overlayPng(gray, map, { width: side, height: side }, given), 'overlay');
    const drawn = await pixelsOf({ verdict: 'OK', score: 0.03, className: 'a', calibration: thresholds });
    const at = (x: number, y: number) => [...drawn.data.subarray((y * 120 + x) * 3, (y * 120 + x) * 3 + 3)];
    const band = drawn.height - 100;
    expect(band).toBeGreaterThan(8);
    expect(at(0, 0)).toEqual([21, 128, 61]);
    expect(at(100, band + 50)).toEqual([128, 128, 128]);
    const shade = Math.max(...at(20, band + 50).map((value) => Math.abs(value - 128)));
    expect(shade).toBeGreaterThan(25);
    const other = { verdict: 'OK', score: 0.03, className: 'b', calibration: thresholds } as const;
    expect(await pixelsOf(other)).not.toEqual(drawn);
    const bare = await pixelsOf({ verdict: null, score: 0.03, className: 'a', calibration: undefined });
    expect([...bare.data.subarray(0, 3)]).toEqual([75, 85, 99]);
  });

  test('a caption is one line where it fits, else one below the other; a letter without a glyph is a frame', () => {
    const picture = (width: number) => ({ width, height: 100, data: new Uint8Array(width * 100 * 3) });
    const heightOf = (width: number) => captioned(picture(width), ['NG 1.34x', 'BOTTLE'], [9, 9, 9]).height;
    expect(heightOf(300)).toBeLessThan(heightOf(80));
    expect(capitals('Süßé-2')).toBe('SUSSE-2');
    const ink = (text: string) => {
      const { data: drawn } = captioned(picture(60), [text], [0, 0, 0]);
      return [...drawn].filter((value) => value === 255).length / 3;
    };
    expect(ink('\u4e00')).toBe(20);
    expect(ink('\u{1f600}')).toBe(20);
    expect(ink(' ')).toBe(0);
  });

  test.each([
    ['--class bolt', /has no class "bolt"; choose among tile, wood/],
    ['--overlays', /need --out/],
  ])('%s is refused', async (option, sentence) => {
    const { code, err } = await call(`predict ${data} --model ${run} --backend wasm ${option}`);
    expect(code).toBe(2);
    expect(err).toMatch(sentence);
  });
});
