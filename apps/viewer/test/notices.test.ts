import { beforeEach, expect, test } from 'vitest';
import { notices, notify, notifyError } from '../src/state/notices.js';

beforeEach(() => (notices.value = []));

test('forty files that are not pictures give one notice that counts and lists them', () => {
  for (let i = 0; i < 40; i++) notifyError('Not judged', new Error(`${i}.txt: wanted a PNG`));
  notifyError('Not saved', new Error('the disk is full'));
  expect(notices.value).toHaveLength(2);
  expect(notices.value[0]).toMatchObject({ text: 'Not judged: 0.txt: wanted a PNG', count: 40 });
  expect(notices.value[0]!.others).toHaveLength(39);
});

test('equal notices are merged; thousands are counted, though not all are listed', () => {
  notify('note', 'saved');
  notify('note', 'saved');
  expect(notices.value).toHaveLength(1);
  for (let i = 0; i < 3000; i++) notifyError('Not judged', new Error(`${i}.txt`));
  expect(notices.value[1]).toMatchObject({ count: 3000 });
  expect(notices.value[1]!.others.length).toBeLessThan(300);
});
