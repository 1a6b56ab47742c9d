import { expect, test } from 'vitest';
import { z } from 'zod';
import { namedRecord } from '../../src/index.js';

const schema = z.object({ by: namedRecord(z.object({ score: z.number() }), z.string().max(12)) });
const parsed = (by: string) => schema.safeParse({ by: JSON.parse(by) as unknown });

test('names that objects have are kept, and read back from JSON', () => {
  const text = '{"__proto__":{"score":1},"constructor":{"score":2},"tile":{"score":3}}';
  const { by } = parsed(text).data!;
  expect(JSON.stringify(by)).toBe(text);
  expect(by['__proto__']).toEqual({ score: 1 });
  expect(Object.keys({ ...by })).toEqual(['__proto__', 'constructor', 'tile']);
});

test('a missing name has no value, whatever objects inherit', () => {
  const { by } = parsed('{}').data!;
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
    expect(by[name]).toBeUndefined();
});

test.each([
  ['{"a":{"score":"x"}}', 'by.a.score'],
  ['{"__proto__":{}}', 'by.__proto__.score'],
  ['{"far too long a name":{"score":1}}', 'by.far too long a name'],
  ['[]', 'by'],
  ['3', 'by'],
])('%s is refused at %s', (text, path) => {
  expect(parsed(text).error!.issues[0]!.path.join('.')).toBe(path);
});
