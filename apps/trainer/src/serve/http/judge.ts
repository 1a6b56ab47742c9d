import { someOf } from '@pyramid-mamba/data';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { resultSchema } from '../journal/entries.js';
import type { Incoming, Judged, Station } from '../station.js';
import { isMultipart } from './guard.js';
import type { HttpLimits } from './limits.js';
import { Problem } from './problem.js';

export const judgeQuery = z.strictObject({
  product: z
    .string()
    .min(1)
    .optional()
    .describe("The product of all pictures; by default the model's only one, or the one that it recognises"),
  model: z.string().min(1).optional().describe('The name of a model; by default the first one'),
  file: z.string().min(1).max(1024).optional().describe('The name of a picture that is sent as bytes'),
});
export const resultsSchema = z
  .object({ results: z.array(resultSchema).describe('In the order of the files') })
  .meta({ id: 'Results' });

/** A picture of a request, and why it is not judged where it was not read. */
type Sent = Incoming & { refused?: string };

const UNNAMED = 'picture';
/** HTTP statuses of pictures that were not judged. */
const STATUS = { picture: 422, time: 504, workers: 503 } as const;

/** `POST /v1/judge`. */
export function addJudge(
  app: FastifyInstance,
  station: Station,
  limits: HttpLimits,
  retryAfter: () => number,
): void {
  app.post('/v1/judge', async (request, reply) => {
    const asked = parsed(judgeQuery, request.query);
    const wantsPng = (request.headers.accept ?? '').toLowerCase().includes('image/png');
    const several = isMultipart(request);
    const { pictures, product = asked.product } = several
      ? await partsOf(request, limits)
      : { pictures: [{ file: asked.file ?? UNNAMED, bytes: bodyOf(request) }], product: asked.product };
    if (pictures.length === 0) throw new Problem(400, 'the body has no file: send at least one picture');
    if (wantsPng && pictures.length > 1)
      throw new Problem(406, 'one picture has one overlay: with "Accept: image/png" send one picture');
    const model = station.models.get(asked.model);
    if (!model) {
      const names = station.models.list().map(({ name }) => name);
      throw new Problem(404, `there is no model "${asked.model}": expected one of ${names.join(', ')}`);
    }
    const wanted = product?.normalize('NFC');
    const { classes } = model.info;
    const known = wanted === undefined ? undefined : classes.find((name) => name.normalize('NFC') === wanted);
    if (wanted !== undefined && known === undefined) {
      throw new Problem(422, `the model has no product "${wanted}": expected one of ${someOf(classes)}`);
    }
    const incoming = pictures.map((one): Sent => ({
      ...one,
      overlay: wantsPng,
      ...(known === undefined ? {} : { product: { given: known } }),
    }));
    // no await since the model was looked up: it is this one that judges
    const answers = station.judge(
      incoming.filter(({ refused }) => refused === undefined),
      'http',
      asked.model,
    );
    const judged = await Promise.all(
      incoming.map((one) =>
        one.refused === undefined ? answers.shift()! : station.refuse(one, one.refused, 'http', asked.model),
      ),
    );
    if (several && !wantsPng) return { results: judged.map(({ result }) => result) };
    const [{ result, failure, overlay }] = judged as [Judged];
    if (failure) {
      void reply.status(STATUS[failure]);
      if (failure !== 'picture') void reply.header('Retry-After', retryAfter());
      return result;
    }
    if (!overlay) return result;
    return reply
      .headers({
        'X-Result-Id': result.id,
        'X-Verdict': result.verdict ?? 'none',
        'X-Score-Of-Limit': String(result.scoreOfLimit),
      })
      .type('image/png')
      .send(Buffer.from(overlay));
  });
}

function bodyOf(request: FastifyRequest): Uint8Array {
  const { body } = request;
  if (Buffer.isBuffer(body) && body.length > 0) return body;
  throw new Problem(400, 'the body is empty: send the bytes of a picture, or multipart/form-data with files');
}

/** The files of a multipart body, each of them whole or `refused`, and the field `product`. */
async function partsOf(
  request: FastifyRequest,
  limits: HttpLimits,
): Promise<{ pictures: Sent[]; product?: string }> {
  const pictures: Sent[] = [];
  let product: string | undefined;
  const parts = request.parts({
    limits: {
      fileSize: limits.pictureBytes,
      files: limits.pictures,
      fields: 8,
      parts: limits.pictures + 8,
      fieldSize: 4096,
      headerPairs: 32,
    },
  });
  for await (const part of parts) {
    if (part.type === 'field') {
      if (part.fieldname !== 'product')
        throw new Problem(400, `the field "${part.fieldname}" is unknown: expected files and "product"`);
      product = String(part.value);
      continue;
    }
    const bytes = await part.toBuffer();
    const file = (part.filename || UNNAMED).slice(0, 1024);
    if (part.file.truncated)
      pictures.push({
        file,
        bytes: new Uint8Array(),
        refused: `${file} has more than ${limits.pictureBytes} bytes: make it smaller, or raise --max-body`,
      });
    else pictures.push({ file, bytes });
  }
  return { pictures, ...(product === undefined ? {} : { product }) };
}

/** What a request says, checked. Throws a Problem that names the first fault. */
export function parsed<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new Problem(400, `${issue!.path.join('.') || 'the request'}: ${issue!.message}`);
}
