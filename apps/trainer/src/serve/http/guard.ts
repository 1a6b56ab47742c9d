import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Station } from '../station.js';
import type { HttpLimits } from './limits.js';
import { Problem } from './problem.js';

/** Paths that anybody may read: they say nothing of pictures, products or models. */
const OPEN = new Set(['/healthz', '/readyz', '/docs', '/openapi.json', '/', '/live.js', '/live.css']);

export interface GuardOptions {
  station: Station;
  limits: HttpLimits;
  /** Undefined where none is asked for: bound to loopback. */
  token: string | undefined;
  /** The address that it is bound to. */
  host: string;
  /** Seconds until there is room, about. */
  retryAfter: () => number;
}

/** Addresses that only this machine's users reach. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A `Host` header's name, without the port; undefined for none. */
function nameIn(host: string | undefined): string | undefined {
  const found = /^(\[[0-9a-fA-F:.]+\]|[^:[\]/\s]+)(?::\d+)?$/.exec(host ?? '')?.[1];
  return found?.replace(/^\[|\]$/g, '').toLowerCase();
}

/**
 * What is decided before a byte of a body is read: headers of every answer, no request from a page of another site, the token, room in the
 * queue, and the size that the request says.
 */
export function guard(
  app: FastifyInstance,
  { station, limits, token, host, retryAfter }: GuardOptions,
): void {
  const expected = token === undefined ? undefined : digest(token);
  let held = 0;
  const holds = new WeakMap<FastifyRequest, number>();

  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': 'no-store',
      'Content-Security-Policy':
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    });
    // a page of another site must not reach a service of this machine through a name that points here
    const name = nameIn(request.headers.host);
    if (isLoopback(host) && (name === undefined || !isLoopback(name))) {
      throw new Problem(
        403,
        `the request is for ${name ?? 'no host'}, expected localhost or ${isIPv6(host) ? '[::1]' : '127.0.0.1'}`,
      );
    }
    const { origin } = request.headers;
    const site = request.headers['sec-fetch-site'];
    if (
      (origin !== undefined && originHost(origin) !== request.headers.host) ||
      site === 'cross-site' ||
      site === 'same-site'
    ) {
      throw new Problem(403, 'requests from pages of other sites are refused');
    }
    const path = request.url.split('?', 1)[0]!;
    if (expected && !OPEN.has(path)) {
      const [, given = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
      if (!timingSafeEqual(digest(given), expected)) {
        reply.header('WWW-Authenticate', 'Bearer');
        throw new Problem(
          401,
          'the token is missing or wrong: send the header "Authorization: Bearer TOKEN"',
        );
      }
    }
    if (request.method === 'GET' || request.method === 'HEAD') return;
    if (station.isStopping)
      throw new Problem(503, 'the station is stopping: send it again later', retryAfter());
    const isModel = path.startsWith('/v1/models/');
    if (path === '/v1/judge' && station.pool.room < 1) {
      throw new Problem(429, 'the queue is full: send it again later', retryAfter());
    }
    const most = isModel
      ? limits.modelBytes
      : limits.pictureBytes * (isMultipart(request) ? limits.pictures : 1);
    const length = Number(request.headers['content-length'] ?? NaN);
    if (length > most) {
      throw new Problem(
        413,
        `the body has ${length} bytes, expected at most ${most}: send less, or raise --max-body`,
      );
    }
    // a body of unknown length may be as long as one picture
    const bytes = Number.isFinite(length) ? length : Math.min(most, limits.pictureBytes);
    if (held + bytes > limits.heldBytes && held > 0) {
      throw new Problem(
        429,
        'the bodies of other requests fill the memory: send it again later',
        retryAfter(),
      );
    }
    held += bytes;
    holds.set(request, bytes);
    const release = () => {
      held -= holds.get(request) ?? 0;
      holds.delete(request);
    };
    reply.raw.once('close', release);
  });
}

export const isMultipart = ({ headers }: FastifyRequest): boolean =>
  /^multipart\/form-data\b/i.test(headers['content-type'] ?? '');

function originHost(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
