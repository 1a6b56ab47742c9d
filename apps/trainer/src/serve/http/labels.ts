import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { newId } from '../judging/models.js';
import { labelSchema, type Label } from '../journal/entries.js';
import type { Station } from '../station.js';
import { parsed } from './judge.js';

export const newLabelSchema = z
  .strictObject({
    result: z.string().min(1).max(64),
    label: labelSchema.shape.label,
    by: z.string().max(128).default(''),
    note: z.string().max(2048).default(''),
  })
  .meta({ id: 'NewLabel' });

/** `POST /v1/labels`: what a person found, for the audit trail. */
export function addLabels(app: FastifyInstance, station: Station): void {
  app.post('/v1/labels', async (request, reply) => {
    const label: Label = {
      kind: 'label',
      id: newId(),
      time: new Date().toISOString(),
      ...parsed(newLabelSchema, request.body),
    };
    await station.record(label);
    return reply.status(201).send(label);
  });
}
