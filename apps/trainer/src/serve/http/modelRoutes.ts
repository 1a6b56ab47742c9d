import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { MODEL_NAME, newId, type ModelInUse } from '../judging/models.js';
import type { Station } from '../station.js';
import { parsed } from './judge.js';
import { Problem } from './problem.js';

export const modelSchema = z
  .object({
    name: z.string(),
    sha256: z.string().describe('Of the model file'),
    bytes: z.number().int(),
    since: z.string().describe('When it took the name, UTC'),
    products: z.array(z.string()),
    thresholds: z
      .record(z.string(), z.object({ review: z.number(), reject: z.number() }))
      .describe('By product; a product without them gets no verdict'),
  })
  .meta({ id: 'Model' });
export const modelsSchema = z
  .object({ models: z.array(modelSchema).describe('The first one judges where a request names none') })
  .meta({ id: 'Models' });
export const modelPath = z.object({
  name: z.string().regex(MODEL_NAME, 'expected letters, digits, ".", "_" and "-", at most 64'),
});

/** `GET /v1/models`, `PUT /v1/models/{name}`. */
export function addModels(app: FastifyInstance, station: Station, modelBytes: number): void {
  app.get('/v1/models', () => ({ models: station.models.list().map(described) }));
  app.put('/v1/models/:name', { bodyLimit: modelBytes }, async (request, reply) => {
    const { name } = parsed(modelPath, request.params);
    const { body } = request;
    if (!Buffer.isBuffer(body) || body.length === 0)
      throw new Problem(400, 'the body is empty: send the bytes of a model file');
    const isNew = station.models.get(name) === undefined;
    const model = await station.models.put(
      name,
      body,
      () => station.processes,
      (from, to) =>
        station.record({
          kind: 'model',
          id: newId(),
          time: new Date().toISOString(),
          name,
          from,
          to,
          note: `put by ${request.ip}`,
        }),
    );
    station.log.info({ model: name, sha256: model.file.sha256 }, 'model changed');
    return reply.status(isNew ? 201 : 200).send(described(model));
  });
}

const described = ({ name, file, bytes, since, info }: ModelInUse): z.infer<typeof modelSchema> => ({
  name,
  sha256: file.sha256,
  bytes,
  since,
  products: info.classes,
  thresholds: Object.fromEntries(
    Object.entries(info.calibration ?? {}).map(([product, { review, reject }]) => [
      product,
      { review, reject },
    ]),
  ),
});
