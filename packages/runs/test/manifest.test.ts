import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { manifestText, readManifest, type Manifest } from '../src/index.js';

const text = readFileSync(
  new URL('../../../apps/viewer/public/example/viewer/viewer.json', import.meta.url),
  'utf8',
);
const sound = () => JSON.parse(text) as Manifest;
const changed = (change: (manifest: Manifest) => unknown) => {
  const manifest = sound();
  const other = change(manifest);
  return JSON.stringify(typeof other === 'object' ? other : manifest);
};
const set = (over: object) => changed((manifest) => Object.assign(manifest, over));

describe('viewer.json', () => {
  test('of the trainer is read', () => {
    const manifest = readManifest(text, 'viewer.json');
    expect(manifest.items).toHaveLength(46);
    expect(manifest.classes).toEqual(['bottle', 'tile', 'wood']);
    expect(manifest.levels).toEqual([
      [32, 32],
      [16, 16],
      [8, 8],
    ]);
    expect(manifest).toMatchObject({ width: 128, height: 128 });
    expect(manifest.items[0]).toMatchObject({ width: 128, height: 128 });
    // a square input that every picture fills is written as it was
    expect(JSON.parse(manifestText(manifest))).toEqual(sound());
  });

  test('of a rectangular input states its sides, and those of a picture that does not fill it', () => {
    const manifest = readManifest(text, 'viewer.json');
    const [first, second] = manifest.items;
    const items = [
      { ...first!, width: 192 },
      { ...second!, width: 160, height: 100 },
    ];
    const written = manifestText({ ...manifest, width: 192, items });
    expect(JSON.parse(written)).toMatchObject({ width: 192, height: 128 });
    expect(JSON.parse(written)).not.toHaveProperty('size');
    expect(JSON.parse(written)).not.toHaveProperty('items.0.width');
    expect(readManifest(written, 'viewer.json')).toMatchObject({ width: 192, height: 128, items });
  });

  test('says which pictures are blank', () => {
    const manifest = readManifest(text, 'viewer.json');
    manifest.items[1]!.blank = true;
    const { items } = readManifest(manifestText(manifest), 'viewer.json');
    expect(items.slice(0, 3).map(({ blank }) => blank)).toEqual([undefined, true, undefined]);
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty'])('a class may be called %s', (name) => {
    const { scale, calibration } = readManifest(
      text.replaceAll('"bottle"', JSON.stringify(name)),
      'viewer.json',
    );
    expect(Object.keys(calibration)).toContain(name);
    expect(typeof scale.low[name]).toBe('number');
  });

  const hostile: [what: string, text: string, sentence: RegExp][] = [
    ['not JSON', text.slice(0, -20), /expected JSON/],
    ['empty', '', /expected JSON/],
    ['null', 'null', /expected format/],
    ['a list', '[]', /expected format "pyramid-mamba viewer 1", but it has nothing/],
    ['another version', set({ format: 'pyramid-mamba viewer 2' }), /it has "pyramid-mamba viewer 2"/],
    ['an endless format', set({ format: 'x'.repeat(1e6) }), /^.{0,400}$/],
    ['a picture of a billion pixels', set({ size: 32768 }), /size: /],
    ['a size of nothing', set({ size: 0 }), /size: /],
    ['a broken size', set({ size: 12.5 }), /size: /],
    ['no size', set({ size: undefined }), /expected size, or width and height/],
    ['one side only', set({ size: undefined, width: 128 }), /expected size, or width and height/],
    [
      'a picture larger than the input',
      changed(({ items }) => void Object.assign(items[1]!, { width: 129 })),
      /items: .* has 129x128 pixels, more than the input/,
    ],
    ['a size in words', set({ size: '128' }), /size: /],
    ['an endless smoothing', set({ sigma: 1e9 }), /sigma: /],
    ['levels of any size', set({ levels: [[1e6, 1e6]] }), /levels\.0\.0: /],
    ['a negative level', set({ levels: [[-1, 4]] }), /levels\.0\.0: /],
    ['a thousand levels', set({ levels: Array.from({ length: 1000 }, () => [1, 1]) }), /levels: /],
    ['no class', set({ classes: [] }), /classes: /],
    ['a class twice', set({ classes: ['bottle', 'bottle', 'tile', 'wood'] }), /twice/],
    [
      'a class without a colour',
      set({ classes: ['bottle', 'tile', 'wood', 'cable'] }),
      /scale\.low: the class "cable"/,
    ],
    [
      'a class named like a prototype',
      set({ classes: ['bottle', 'tile', 'wood', '__proto__'] }),
      /__proto__/,
    ],
    ['a scale without span', set({ scale: { low: {}, span: 0 } }), /scale\.span: /],
    [
      'thresholds in the wrong order',
      changed(({ calibration }) => void (calibration['tile']!.review = 9)),
      /calibration\.tile: review must not exceed reject/,
    ],
    [
      'a score in words',
      changed(({ items }) => void Object.assign(items[3]!, { score: 'high' })),
      /items\.3\.score: /,
    ],
    [
      'a score of null',
      changed(({ items }) => void Object.assign(items[3]!, { score: null })),
      /items\.3\.score: /,
    ],
    [
      'an unknown truth',
      changed(({ items }) => void Object.assign(items[0]!, { label: 2 })),
      /items\.0\.label: /,
    ],
    ['an endless name', changed(({ items }) => void (items[0]!.file = 'x'.repeat(2000))), /items\.0\.file: /],
    [
      'an id twice',
      changed(({ items }) => void (items[1]!.id = items[0]!.id)),
      /the id "00000" occurs twice/,
    ],
    [
      'a picture of no class',
      changed(({ items }) => void (items[1]!.class = 'cable')),
      /the class "cable" of/,
    ],
    ['no items', set({ items: undefined }), /items: /],
  ];
  test.each(hostile)('with %s is rejected with one sentence that says what to do', (_, json, sentence) => {
    let message = '';
    try {
      readManifest(json, 'viewer.json of run');
    } catch (error) {
      message = (error as Error).message;
      expect((error as Error).name).toBe('RunError');
    }
    expect(message).toMatch(sentence);
    expect(message).toMatch(/^viewer\.json of run: .*run `pyramid-mamba evaluate` on the run again$/);
    expect(message.length).toBeLessThan(400);
  });
});
