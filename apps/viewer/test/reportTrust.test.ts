// How far a report trusts its model: by the thresholds that its verdicts go by.
import { selfTestOf, type SelfTestRecord } from '@pyramid-mamba/inspect';
import { afterEach, expect, test, vi } from 'vitest';

vi.hoisted(() => {
  const browser = {
    location: { hash: '', search: '', href: 'http://localhost/' },
    addEventListener: () => undefined,
  };
  for (const [name, value] of Object.entries(browser)) vi.stubGlobal(name, value);
});

const { model, thresholds } = await import('../src/state/opened.js');
const { reportJson, selfTestNow, sentencesOf } = await import('../src/views/report/facts.js');
import type { OpenModel } from '../src/state/opened.js';
import type { OpenRun } from '../src/run/types.js';
import { calibration } from './fakeEngine.js';

afterEach(() => {
  model.value = null;
  thresholds.value = {};
});

test('a report says what the self-test finds by the thresholds that were moved, not by those of the file', () => {
  const about = { className: 'bottle', side: 256 };
  const records = Array.from({ length: 40 }, (_, i): SelfTestRecord[] => [
    { ...about, picture: `${i}`, kind: 'good', score: 0.01, thinned: new Float32Array() },
    {
      ...about,
      picture: `${i}`,
      kind: 'hole',
      size: 0.28,
      contrast: 4,
      seed: '',
      score: 0.5,
      peakInside: true,
      drawnAt: { width: 256, height: 256 },
    },
  ]).flat();
  const filed = { ...calibration, review: 0.2, reject: 0.3 };
  const info = {
    classes: ['bottle'],
    calibration: { bottle: filed },
    selfTest: selfTestOf(records, { bottle: filed }),
  };
  model.value = { name: 'm', bytes: new Uint8Array(), info, of: null } as unknown as OpenModel;
  const run = { name: 'parts', classes: ['bottle'], items: [] } as unknown as OpenRun;
  expect(sentencesOf(run, []).join(' ')).toMatch(/it finds 40 \(/);
  thresholds.value = { bottle: { ...filed, review: 0.6, reject: 0.7 } };
  expect(selfTestNow()!['bottle']).toMatchObject({ passed: false, drawn: { found: 0 } });
  const { summary, selfTest } = JSON.parse(reportJson(run, [], '')) as {
    summary: string[];
    selfTest: unknown;
  };
  expect(selfTest).toMatchObject({ bottle: { passed: false, drawn: { drawn: 40, found: 0 } } });
  expect(summary.join(' ')).toMatch(
    /not to be trusted with an OK, it overlooks 40 of 40 clear drawn defects/,
  );
});
