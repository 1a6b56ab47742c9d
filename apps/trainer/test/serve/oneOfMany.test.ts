// Pictures that are judged together: what is wrong with one is its own error.
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../kit.js';
import { given, models, picture, settingsOf, station } from './kit.js';

const home = temporaryFolder();
const MAX_BODY = 20_000;
let here: Awaited<ReturnType<typeof station>>;

beforeAll(async () => {
  // a strip at the top, which a picture of one row does not have
  const strip: [number, number][] = [
    [0, 0],
    [1, 0],
    [1, 0.1],
    [0, 0.1],
  ];
  const { lenient } = await models({ fit: 'pad' }, { tile: { use: [strip], ignore: [] } });
  here = await station(
    settingsOf({ models: [given(lenient)], state: join(home, 'state'), maxBodyBytes: MAX_BODY }),
  );
}, 240_000);
afterAll(async () => {
  await here?.stop();
});

test('in one request each picture has its own error, and the others are judged', async () => {
  const files: Record<string, Uint8Array> = {
    '1.png': await picture(1),
    'wide.png': await picture(2, 480, 8),
    'large.png': new Uint8Array(MAX_BODY + 1),
    'broken.png': (await picture(3)).slice(0, 300),
    '4.png': await picture(4),
  };
  const body = new FormData();
  for (const [name, bytes] of Object.entries(files))
    body.append('files', new Blob([Uint8Array.from(bytes)]), name);
  const response = await here.call('/v1/judge', { method: 'POST', body });
  expect(response.status).toBe(200);
  const { results } = (await response.json()) as { results: Record<string, unknown>[] };
  const error = (text: string) => expect.stringContaining(text) as string;
  expect(results).toMatchObject([
    { file: '1.png', verdict: 'OK', error: null },
    { file: 'wide.png', verdict: null, error: error('the areas leave nothing of the picture to judge') },
    { file: 'large.png', verdict: null, error: error(`has more than ${MAX_BODY} bytes`) },
    { file: 'broken.png', verdict: null, error: error('cannot be decoded') },
    { file: '4.png', verdict: 'OK', error: null },
  ]);
  // the picture is at fault, not the station: sent again it would fail again
  expect(await here.judge(files['wide.png']!)).toMatchObject({ status: 422 });
});

test('a product that the model does not have is the error of its picture', async () => {
  const pictures = await Promise.all([1, 2, 3].map(async (seed) => ({ bytes: await picture(seed), seed })));
  const answers = here.station.judge(
    pictures.map(({ bytes, seed }) => ({
      bytes,
      file: `${seed}.png`,
      product: { given: seed === 2 ? 'cable' : 'tile' },
    })),
    'nats',
  );
  const judged = await Promise.all(answers);
  expect(judged.map(({ failure, result }) => [failure, result.verdict])).toEqual([
    [undefined, 'OK'],
    ['picture', null],
    [undefined, 'OK'],
  ]);
  expect(judged[1]!.result.error).toMatch(/not trained on the product "cable"/);
});
