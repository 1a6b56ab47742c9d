import { expect, test } from 'vitest';
import { writeWhole } from '@pyramid-mamba/runs';
import { limitsBy } from '../src/state/live/again.js';
import {
  clearRecord,
  follow,
  MOST_LINES,
  record,
  recordFailure,
  tally,
  verdictsCsv,
} from '../src/state/live/record.js';
import type { Shot } from '../src/state/live/shots.js';

/** A handle that accepts a limited number of bytes per call, and in total. */
function handle(most: number, room = Infinity) {
  const taken: number[] = [];
  return {
    taken,
    write(bytes: Uint8Array<ArrayBuffer>, { at }: { at: number }) {
      const count = Math.min(most, bytes.length, room - at);
      taken.splice(at, count, ...bytes.subarray(0, count));
      return count;
    },
  };
}

test('a partial write is continued with the rest of the bytes', () => {
  const small = handle(3);
  writeWhole(small, Uint8Array.of(1, 2, 3, 4, 5, 6, 7));
  expect(small.taken).toEqual([1, 2, 3, 4, 5, 6, 7]);
});

test('a handle that accepts no more bytes is full: the file does not count as written', () => {
  expect(() => writeWhole(handle(3, 5), new Uint8Array(9))).toThrow(/5 of 9 bytes/);
});

test('verdicts and failures are recorded line by line, without formulas for a spreadsheet', () => {
  const judgement = {
    className: '=cmd',
    score: 0.5,
    verdict: 'NG',
    calibration: { review: 0.1, reject: 0.2 },
    doubts: [],
    width: 64,
    regions: [{ box: [3, 4, 12, 8] }],
  };
  record({ id: 1, name: '-1+1.png', judgement, stale: null } as unknown as Shot);
  recordFailure(2, 'b "c",\n.png', new Error('no picture'));
  expect(tally.value).toEqual({ OK: 0, REVIEW: 0, NG: 1, UNKNOWN: 0, none: 0, failed: 1, older: 0 });
  expect(verdictsCsv()).toBe(
    '\ufefffile,product,verdict,times limit,score,review,reject,remark,' +
      'regions,region x,region y,region width,region height,region width mm,region height mm\r\n' +
      `"'-1+1.png","'=cmd",NG,5,0.5,0.1,0.2,,1,3,4,12,8,,\r\n` +
      '"b ""c"",\n.png",,,,,,,not judged: no picture,,,,,,,\r\n',
  );
  clearRecord();
  expect(verdictsCsv().split('\r\n')).toHaveLength(2);
});

test('full-width signs, signs after odd spaces and semicolons are safe in the saved verdicts too', () => {
  let id = 0;
  for (const name of ['＝1+1', '＋1', '－1', '＠A(1)', '\u00a0=1', '\ufeff=1', 'a;b'])
    recordFailure(id++, name, new Error('no picture'));
  const names = verdictsCsv()
    .split('\r\n')
    .slice(1, -1)
    .map((line) => line.slice(0, line.indexOf(',')));
  expect(names.slice(0, -1).filter((name) => !name.startsWith(`"'`))).toEqual([]);
  expect(names.at(-1)).toBe('"a;b"');
  clearRecord();
});

test('pictures that are dropped from a full table stay counted, and by no verdict any more once thresholds are moved', () => {
  const calibration = { review: 0.25, reject: 0.5, scoreRange: [0, 1] };
  const judgement = {
    className: 'tile',
    score: 0.375,
    verdict: 'REVIEW',
    calibration,
    doubts: [],
    largestScore: 1,
    regions: [],
  };
  for (let id = 0; id < MOST_LINES + 2; id++)
    record({ id, name: `${id}.png`, judgement, stale: null } as unknown as Shot);
  expect(tally.value).toMatchObject({ REVIEW: MOST_LINES + 2, older: 0 });
  follow(limitsBy({}, { tile: { review: 0.25, reject: 0.25 } }));
  expect(tally.value).toMatchObject({ REVIEW: 0, NG: MOST_LINES, older: 2 });
  follow(limitsBy({}, { tile: { review: 0.5, reject: 0.6 } }));
  expect(tally.value).toMatchObject({ OK: MOST_LINES, NG: 0, older: 2 });
  const [, first, ...others] = verdictsCsv().split('\r\n');
  expect([first, others.length]).toEqual(['2.png,tile,OK,0.75,0.375,0.5,0.6,,,,,,,,', MOST_LINES]);
  clearRecord();
});
