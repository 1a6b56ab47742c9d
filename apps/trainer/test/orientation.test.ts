import { join } from 'node:path';
import { laid, renderSynthetic, type Dataset, type Sample } from '@pyramid-mamba/data';
import { LEAST_GAIN } from '@pyramid-mamba/inspect';
import { methodOf } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { Run } from '../src/run/run.js';
import { methodSettings } from '../src/settings/settings.js';
import { orientationGains } from '../src/training/bank/orientation.js';
import { openSources, type TrainRequest } from '../src/training/prepare.js';
import { recordingIo, temporaryFolder, tinyEncoder } from './kit.js';

const home = temporaryFolder();

/** A picture with a bright bar in a corner, on a surface that is the same in every picture of any class. */
function pictureOf(className: string, index: number, way: number): Sample {
  const id = `${className}/${index}`;
  const load = () => {
    const { image } = renderSynthetic({
      className: 'tile',
      seed: 5,
      split: 'train',
      index: 0,
      defect: 'good',
      size: 64,
    });
    const data = Uint8Array.from(image.data);
    for (let y = 4; y < 12; y++)
      for (let x = 6; x < 30 + (index % 3); x++) data.fill(250, 3 * (64 * y + x), 3 * (64 * y + x) + 3);
    const turned = laid({ ...image, data }, way);
    return Promise.resolve({ image: turned, mask: { width: 64, height: 64, data: new Uint8Array(64 * 64) } });
  };
  return {
    id,
    className,
    label: 0,
    defect: 'good',
    load,
    hash: () => Promise.resolve(Buffer.from(id).toString('hex').padEnd(64, '0')),
  };
}

test('a product in any orientation has nearer neighbours among rotated copies, one that always lies alike has not', async () => {
  tinyEncoder(join(home, 'encoder'));
  const train = [0, 1, 2, 3, 4].flatMap((i) => [
    pictureOf('fixed', i, 0),
    // each picture in a way of its own
    pictureOf('turned', i, i),
    ...(i < 2 ? [pictureOf('few', i, i)] : []),
  ]);
  const settings = methodSettings(methodOf({ method: 'patchcore' }), 'fast');
  const request: TrainRequest = {
    run: new Run(join(home, 'run')),
    data: 'made up',
    dataset: { root: 'made up', classes: ['fixed', 'turned', 'few'], train, test: [] } as unknown as Dataset,
    heldBack: [],
    preset: 'fast',
    settings: { ...settings, model: { ...settings.model, inputSize: 64 } },
    encoderFile: join(home, 'encoder'),
    backend: 'wasm',
    cacheFolder: join(home, 'cache'),
    resume: false,
    overwrite: false,
  };
  const io = recordingIo();
  const gains = await orientationGains(request, await openSources(request, request.settings), io);
  expect(Object.keys(gains)).toEqual(['fixed', 'turned']);
  expect(gains['turned']).toBeGreaterThan(2 * LEAST_GAIN);
  expect(gains['fixed']).toBeLessThan(LEAST_GAIN);
  expect(io.stdout).not.toMatch(/features:/);
});
