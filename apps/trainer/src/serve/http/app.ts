import multipart from '@fastify/multipart';
import fastify, { type FastifyInstance } from 'fastify';
import type { Station } from '../station.js';
import { docsPage, DOCS_POLICY } from './docsPage.js';
import { guard, type GuardOptions } from './guard.js';
import { addJudge } from './judge.js';
import { addLabels } from './labels.js';
import { CONNECTIONS, PATIENCE } from './limits.js';
import type { Live } from './live.js';
import { LIVE_CSS, LIVE_HTML, LIVE_JS, LIVE_POLICY } from './livePage.js';
import type { Metrics } from './metrics.js';
import { addModels } from './modelRoutes.js';
import { openApi } from './openapi.js';
import { Problem, problemOf } from './problem.js';

export interface AppOptions extends Omit<GuardOptions, 'retryAfter'> {
  live: Live;
  metrics: Metrics;
}

/** Most seconds that a client is asked to wait. */
const LONGEST_WAIT = 60;

/** The HTTP service of a station; it does not listen yet. */
export async function appOf({
  station,
  limits,
  token,
  host,
  live,
  metrics,
}: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    bodyLimit: limits.pictureBytes,
    requestTimeout: PATIENCE.request,
    keepAliveTimeout: PATIENCE.idle,
    // a station that stops answers what it took, and closes what is idle
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    exposeHeadRoutes: false,
    http: {
      headersTimeout: PATIENCE.head,
      connectionsCheckingInterval: PATIENCE.checked,
      maxHeaderSize: 16 * 1024,
    },
  });
  app.server.maxConnections = CONNECTIONS;
  const retryAfter = retryAfterOf(station);
  guard(app, { station, limits, token, host, retryAfter });
  // a picture that is too large is no fault of those beside it
  await app.register(multipart, { throwFileSizeLimit: false });
  app.removeContentTypeParser(['text/plain']);
  for (const type of [/^image\//, 'application/octet-stream'])
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, retryAfter);
    if (!problem)
      station.log.error(
        { err: error, method: request.method, path: request.url.split('?', 1)[0] },
        'a request failed',
      );
    const {
      statusCode,
      message,
      retryAfter: after,
    } = problem ?? new Problem(500, 'the request failed because of a bug in the program; its log says more');
    metrics.refused(statusCode);
    if (after !== undefined) void reply.header('Retry-After', after);
    // what is left of a body is not read
    if (request.method !== 'GET' && !request.raw.complete) void reply.header('Connection', 'close');
    return reply.status(statusCode).type('application/json').send({ error: message });
  });
  app.setNotFoundHandler((request, reply) =>
    reply.status(404).send({
      error: `there is no ${request.method} ${request.url.split('?', 1)[0]}; /docs lists what there is`,
    }),
  );
  addJudge(app, station, limits, retryAfter);
  addModels(app, station, limits.modelBytes);
  addLabels(app, station);
  app.get('/v1/recent', () => live.recent());
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', (_, reply) => {
    const reason = station.notReady ?? null;
    return reply.status(reason === null ? 200 : 503).send({ ready: reason === null, reason });
  });
  app.get('/metrics', async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  app.get('/openapi.json', () => openApi());
  const page = (path: string, type: string, text: string, policy?: string) =>
    app.get(path, (_, reply) =>
      (policy === undefined ? reply : reply.header('Content-Security-Policy', policy)).type(type).send(text),
    );
  page('/docs', 'text/html; charset=utf-8', docsPage(), DOCS_POLICY);
  page('/', 'text/html; charset=utf-8', LIVE_HTML, LIVE_POLICY);
  page('/live.js', 'text/javascript; charset=utf-8', LIVE_JS);
  page('/live.css', 'text/css; charset=utf-8', LIVE_CSS);
  return app;
}

/** Seconds in which the queue is half empty, from how long the last pictures took. */
function retryAfterOf(station: Station): () => number {
  let mean = 1;
  station.listen({
    judged: ({ durationMs }) => void (mean += 0.1 * (durationMs / 1000 - mean)),
  });
  return () => Math.max(1, Math.min(LONGEST_WAIT, Math.ceil(mean / 2)));
}
