// What a product's scale makes of the page's sizes.
import type { Judged, Picture, Product, Project } from '@pyramid-mamba/projects';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

vi.hoisted(() => {
  const browser = {
    location: { hash: '', search: '', href: 'http://localhost/' },
    addEventListener: () => undefined,
  };
  for (const [name, value] of Object.entries(browser)) vi.stubGlobal(name, value);
});

const { clearRecord, record, verdictsCsv } = await import('../src/state/live/record.js');
const { mmOf, mmOfItem, mmSeenBy } = await import('../src/state/millimetres.js');
const { thresholds } = await import('../src/state/opened.js');
const { LEFT_OUT } = await import('../src/state/project/leftOut.js');
const { content } = await import('../src/state/project/open.js');
const { regionText, reportCsv, reportJson, rowsOf } = await import('../src/views/report/facts.js');
import type { Item, OpenRun } from '../src/run/types.js';
import type { Shot } from '../src/state/live/shots.js';
import { calibration } from './fakeEngine.js';

const product = (name: string, scale?: Product['scale']): Product => ({
  name,
  created: '',
  areas: { use: [], ignore: [] },
  ...(scale && { scale }),
});
const picture = (id: string, product: string, width: number, height: number) =>
  ({ id, name: id, product, kind: 'good', width, height, deleted: null }) as Picture;
const judged = (id: string, over: Partial<Judged> = {}) =>
  ({
    id,
    remark: '',
    review: 0.1,
    regions: [
      { x: 10, y: 20, width: 12, height: 8, peak: 0.9 },
      { x: 0, y: 0, width: 2, height: 2, peak: 0.5 },
    ],
    ...over,
  }) as Judged;
const item = (id: string): Item =>
  ({
    id,
    file: `${id}.png`,
    className: 'bottle',
    label: null,
    score: 0.5,
    size: { width: 80, height: 80 },
  }) as Item;
const byKey = <T>(key: (one: T) => string, list: readonly T[]) => new Map(list.map((one) => [key(one), one]));

function show(records: readonly Judged[]): void {
  content.value = {
    products: byKey(({ name }) => name, [product('bottle', { mm: 40, of: 'width' }), product('cap')]),
    pictures: byKey(({ id }) => id, [picture('a', 'bottle', 160, 80), picture('b', 'cap', 160, 80)]),
    judged: byKey(({ id }) => id, records),
    models: new Map(),
    model: null,
  } as unknown as Project;
}

beforeEach(() => {
  show([judged('a')]);
  thresholds.value = { bottle: calibration };
});
afterEach(() => {
  content.value = null;
  thresholds.value = {};
  clearRecord();
});

test('a pixel has a length in pictures of a product with a scale, and none elsewhere', () => {
  expect(mmOf('bottle', 160)).toBe(0.25);
  expect([mmOf('cap', 160), mmOf('other', 160), mmOf(null, 160), mmOf('bottle', null)]).toEqual(
    Array(4).fill(undefined),
  );
  // stretched from 160×80 to 80×80
  expect(mmOfItem(item('a'))).toEqual({ x: 0.5, y: 0.25 });
  expect(mmOfItem(item('unknown'))).toBeUndefined();
  const seen = { inputSize: 8, resize: 'bilinear-antialias', normalize: 'imagenet' } as const;
  expect(mmSeenBy({ preprocessing: seen })).toEqual({ bottle: 5 });
  content.value = null;
  expect(mmSeenBy({ preprocessing: seen })).toEqual({});
});

test('the verdicts’ table has the first region in pixels and in millimetres', () => {
  const regions = [
    { box: [10, 20, 12, 8], area: 60 },
    { box: [0, 0, 2, 2], area: 4 },
  ];
  const of = (className: string) => ({
    className,
    score: 0.5,
    verdict: 'NG',
    calibration,
    doubts: [],
    width: 160,
    regions,
  });
  record({ id: 1, name: 'a.png', judgement: of('bottle'), stale: null } as unknown as Shot);
  record({ id: 2, name: 'b.png', judgement: of('cap'), stale: null } as unknown as Shot);
  const [head, one, other] = verdictsCsv().split('\r\n');
  expect(head).toMatch(
    /,remark,regions,region x,region y,region width,region height,region width mm,region height mm$/,
  );
  expect(one).toMatch(/,2,10,20,12,8,3,2$/);
  expect(other).toMatch(/,2,10,20,12,8,,$/);
});

test('the report has the regions of pictures that were judged by its limits, in pixels and in millimetres', () => {
  const run = { name: 'parts', classes: ['bottle'], items: [item('a')] } as unknown as OpenRun;
  const [row] = rowsOf(run);
  expect(regionText(row!)).toBe('3 × 2 mm / 12 × 8 px, and 1 more');
  expect(reportCsv([row!])).toMatch(/,2,10,20,12,8,3,2\r\n$/);
  expect(JSON.parse(reportJson(run, [row!], ''))).toMatchObject({
    pictures: [{ mmPerPixel: 0.25, regions: [{ x: 10, y: 20, width: 12, height: 8 }, { x: 0 }] }],
  });
  // judged by another limit, or as a picture that was not learnt: where is not known
  for (const over of [{ review: 0.2 }, { remark: LEFT_OUT }]) {
    show([judged('a', over)]);
    const [unknown] = rowsOf(run);
    expect(unknown!.regions).toBeUndefined();
    expect(regionText(unknown!)).toBe('');
    expect(reportCsv([unknown!])).toMatch(/,,,,,,,\r\n$/);
  }
});
