import { z } from 'zod';
import { labelSchema, resultSchema } from '../journal/entries.js';
import { version } from '../../version.js';
import { judgeQuery, resultsSchema } from './judge.js';
import { newLabelSchema } from './labels.js';
import { modelPath, modelSchema, modelsSchema } from './modelRoutes.js';
import { problemSchema } from './problem.js';
import { readySchema, recentSchema } from './state.js';

/** The body of an answer: a schema, or the type of its bytes. */
type Body = z.ZodType | string;

interface Operation {
  method: 'get' | 'post' | 'put';
  path: string;
  summary: string;
  query?: z.ZodObject;
  params?: z.ZodObject;
  body?: Readonly<Record<string, z.ZodType | 'bytes'>>;
  answers: Readonly<Record<string, Body>>;
}

const files = z.object({
  files: z
    .array(z.string().meta({ format: 'binary' }))
    .describe('Pictures: PNG, JPEG, WebP, TIFF or BMP; the names of the parts do not matter'),
  product: z.string().optional(),
});

/** What the service does, in the order of the document. */
export const OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/judge',
    summary:
      'Judges a picture, or many. With "Accept: image/png" the answer is the picture with its heat map and its verdict',
    query: judgeQuery,
    body: { 'application/octet-stream': 'bytes', 'image/*': 'bytes', 'multipart/form-data': files },
    answers: {
      200: z.union([resultSchema, resultsSchema]),
      422: z.union([resultSchema, problemSchema]),
      504: resultSchema,
    },
  },
  { method: 'get', path: '/v1/models', summary: 'The models in use', answers: { 200: modelsSchema } },
  {
    method: 'put',
    path: '/v1/models/{name}',
    summary:
      'Puts a model under a name: checked, tried by every process, then in use from the next picture on. After any failure the old one stays',
    params: modelPath,
    body: { 'application/octet-stream': 'bytes' },
    answers: { 200: modelSchema, 201: modelSchema, 422: problemSchema },
  },
  {
    method: 'post',
    path: '/v1/labels',
    summary: 'Records what a person found, for the audit trail',
    body: { 'application/json': newLabelSchema },
    answers: { 201: labelSchema },
  },
  {
    method: 'get',
    path: '/v1/recent',
    summary: 'The last pictures, counts, trend and warnings, as the live page shows them',
    answers: { 200: recentSchema },
  },
  {
    method: 'get',
    path: '/healthz',
    summary: 'Whether the service runs',
    answers: { 200: z.object({ status: z.literal('ok') }) },
  },
  {
    method: 'get',
    path: '/readyz',
    summary: 'Whether pictures can be judged now',
    answers: { 200: readySchema, 503: readySchema },
  },
  { method: 'get', path: '/metrics', summary: 'Figures for Prometheus', answers: { 200: 'text/plain' } },
];

/** Errors of every operation that reads a body. */
const USUAL: Readonly<Record<string, z.ZodType>> = {
  400: problemSchema,
  401: problemSchema,
  403: problemSchema,
  413: problemSchema,
  415: problemSchema,
  429: problemSchema,
  503: problemSchema,
  507: problemSchema,
};
const MEANING: Readonly<Record<string, string>> = {
  200: 'done',
  201: 'created',
  400: 'the request is invalid',
  401: 'the token is missing or wrong',
  403: 'the request comes from a page of another site, or is for another host',
  404: 'there is no such model',
  413: 'the body is too large',
  415: 'the type of the body is not known',
  422: 'the picture, the product or the model cannot be used; there is no verdict',
  429: 'the queue is full: send it again after Retry-After seconds',
  503: 'not now: send it again after Retry-After seconds',
  504: 'no answer within the time limit; there is no verdict',
  507: 'the result could not be recorded, so there is none: send it again',
};

/** The OpenAPI 3.1 document. Its schemas are those that check requests and make results. */
export function openApi(): Record<string, unknown> {
  const components: Record<string, unknown> = {};
  const refer = (schema: z.ZodType): Record<string, unknown> => {
    const {
      $schema: _,
      $defs = {},
      ...own
    } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'output' }) as {
      $schema?: string;
      $defs?: Record<string, unknown>;
    };
    Object.assign(components, local($defs));
    const id = schema.meta()?.id;
    if (id === undefined) return local(own) as Record<string, unknown>;
    components[id] = local(own);
    return { $ref: `#/components/schemas/${id}` };
  };
  const content = (body: Body) =>
    typeof body === 'string'
      ? { [body]: { schema: { type: 'string' } } }
      : { 'application/json': { schema: refer(body) } };
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { method, path, summary, query, params, body, answers } of OPERATIONS) {
    const parameters = [
      ...Object.entries(params?.shape ?? {}).map(([name, schema]) => ({
        name,
        in: 'path',
        required: true,
        schema: refer(schema as z.ZodType),
      })),
      ...Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
        name,
        in: 'query',
        required: false,
        schema: refer(schema as z.ZodType),
      })),
    ];
    const all: Record<string, Body> = { ...(body ? USUAL : {}), ...answers };
    const responses = Object.fromEntries(
      Object.entries(all).map(([status, one]) => [
        status,
        {
          description: MEANING[status] ?? status,
          content: {
            ...content(one),
            ...(path === '/v1/judge' && status === '200'
              ? { 'image/png': { schema: { type: 'string', format: 'binary' } } }
              : {}),
          },
          ...(status === '429' || status === '503'
            ? { headers: { 'Retry-After': { schema: { type: 'integer' } } } }
            : {}),
        },
      ]),
    );
    (paths[path] ??= {})[method] = {
      operationId: `${method}${path.replaceAll(/[^a-z]+([a-z])?/gi, (_, letter: string | undefined) => (letter ?? '').toUpperCase())}`,
      summary,
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(body
        ? {
            requestBody: {
              required: true,
              content: Object.fromEntries(
                Object.entries(body).map(([type, schema]) => [
                  type,
                  { schema: schema === 'bytes' ? { type: 'string', format: 'binary' } : refer(schema) },
                ]),
              ),
            },
          }
        : {}),
      responses,
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pyramid-Mamba station',
      version,
      description: 'Judges pictures: OK, REVIEW, NG or UNKNOWN. No failure is ever OK.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    paths,
    components: { schemas: components, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

/** zod refers to definitions inside each schema; here they are the document's. */
const local = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'));
