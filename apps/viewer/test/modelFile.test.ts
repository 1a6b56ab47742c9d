import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MAX_MODEL, modelBytes } from '../src/run/modelFile.js';
import { openableModel } from '../src/run/openable.js';
import { refusedModels } from './e2e/hostile/models.js';

const model = readFileSync(new URL('../public/example/model.safetensors', import.meta.url));

test('the example’s model file can be opened', async () => {
  const bytes = await modelBytes(new Blob([model]), 'example');
  expect(openableModel(bytes, 'example').info.classes).toEqual(['bottle', 'tile', 'wood']);
});

test.each(Object.entries(refusedModels(model)))(
  'a model file that %s is rejected with one sentence',
  (_, [file, said]) => {
    expect(() => openableModel(file, 'it')).toThrow(said);
  },
);

test('a model file above the size limit is rejected before it is read', async () => {
  // a blob states its size; this one has no bytes to read
  const large = { size: MAX_MODEL + 1, arrayBuffer: () => Promise.reject(new Error('was read')) };
  await expect(modelBytes(large as unknown as Blob, 'large')).rejects.toThrow(
    /^large has 1025 MiB, more than the 1024 MiB a model may have; choose a model\.safetensors$/,
  );
});
