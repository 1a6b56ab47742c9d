import { TaskRefused } from '@pyramid-mamba/inspect';
import { z } from 'zod';
import { isRefusal } from '../judging/models.js';
import { NotRecorded } from '../station.js';

/** The body of every answer that is an error. There is no verdict in it. */
export const problemSchema = z
  .object({ error: z.string().describe('One sentence: what was expected, what was found, what to do next') })
  .meta({ id: 'Problem' });

/** An answer that is an error. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly statusCode: number,
    message: string,
    /** Seconds after which the same request may succeed. */
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}

/** fastify's own errors that have a better sentence. */
const SENTENCES: Readonly<Record<string, [status: number, sentence: string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    413,
    'the body is larger than allowed: send a smaller picture, or raise --max-body',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: [400, 'the body is empty: send JSON'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    415,
    'the body has no Content-Type that is known: send image/*, application/octet-stream or multipart/form-data',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    400,
    'the body is not as long as its Content-Length says: it was cut; send it again',
  ],
  FST_FILES_LIMIT: [413, 'the body has more files than allowed: send fewer pictures in one request'],
  FST_PARTS_LIMIT: [413, 'the body has more parts than allowed: send fewer pictures in one request'],
  FST_FIELDS_LIMIT: [413, 'the body has more fields than allowed'],
  FST_INVALID_MULTIPART_CONTENT_TYPE: [415, 'the body is no multipart/form-data with a boundary'],
};

/** Any error as a problem; undefined for a bug of this program. */
export function problemOf(error: unknown, retryAfter: () => number): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof TaskRefused) {
    if (error.reason === 'full')
      return new Problem(429, `the queue is full (${error.message}): send it again later`, retryAfter());
    return new Problem(503, `${error.message}: send it again later`, retryAfter());
  }
  if (error instanceof NotRecorded) return new Problem(507, error.message, retryAfter());
  if (isRefusal(error)) return new Problem(422, error.message);
  const { code, statusCode, message } = error as { code?: string; statusCode?: number; message?: string };
  const known = SENTENCES[code ?? ''];
  if (known) return new Problem(...known);
  // busboy's errors have no code
  if (
    /Unexpected end of (form|multipart data|file)|Malformed part header|Part terminated early/i.test(
      message ?? '',
    )
  )
    return new Problem(400, `the multipart body is cut or malformed (${message}): send it again`);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Problem(statusCode, message ?? 'the request is invalid');
  return undefined;
}
