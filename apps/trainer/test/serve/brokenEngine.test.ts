import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { WorkerEnded } from '@pyramid-mamba/inspect';
import { expect, onTestFinished, test } from 'vitest';
import { JudgingProcess } from '../../src/serve/judging/process.js';
import type { Picture } from '../../src/serve/judging/work.js';
import { given, models, picture } from './kit.js';

test('a judging process whose engine has failed ends, so that another one judges its pictures', async () => {
  const { bytes, where: path } = given((await models()).lenient);
  const model = { sha256: createHash('sha256').update(bytes).digest('hex'), path };
  const { NODE_OPTIONS } = process.env;
  process.env['NODE_OPTIONS'] =
    `${NODE_OPTIONS ?? ''} --import=${fileURLToPath(new URL('breakEngine.mjs', import.meta.url))}`;
  onTestFinished(() => {
    if (NODE_OPTIONS === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = NODE_OPTIONS;
  });
  const one = await JudgingProcess.start('wasm', 1);
  onTestFinished(() => one.kill());
  const shown: Picture = {
    bytes: await picture(1),
    name: 'a.png',
    model,
    product: undefined,
    overlay: false,
    thumbnail: false,
  };
  await one.load(model);
  expect(await one.ask([shown])).toMatchObject([{ line: { verdict: 'OK' } }]);
  process.kill(one.pid!, 'SIGUSR2');
  const failed = one.ask([shown]);
  await expect(failed).rejects.toThrow(
    /judging process \d+ was ended, since its engine had failed \(wasm: the engine failed/,
  );
  await expect(failed).rejects.toBeInstanceOf(WorkerEnded);
  expect(await one.ended).toBeInstanceOf(WorkerEnded);
}, 120_000);
