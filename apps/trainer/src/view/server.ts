import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import { UserError } from '../errors.js';
import type { Run } from '../run/run.js';
import { sendFile } from './sendFile.js';

/** Only this machine's users may connect. */
export const LOOPBACK = '127.0.0.1';

/**
 * The page's policy, like its own `<meta>`: scripts, workers and pictures only from this server, no other request;
 * 'wasm-unsafe-eval' allows the engine's WebAssembly.
 */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "media-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The report has an inline style and no script. */
const REPORT_POLICY =
  "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The served files of a run's folder; heat maps and checkpoint are not served. */
const SERVED =
  /^(viewer\/.+|report\/.+|model\.safetensors|metrics\.json|curves\.json|train\.jsonl|scores\.jsonl|config\.json)$/;

export interface Served {
  /** Folder of the built viewer. */
  page: string;
  /** Without one the page shows its example. */
  run?: Run | undefined;
  other?: Run | undefined;
}

/** Answers a request for a decoded path. */
type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void>;

/** Timeouts in milliseconds for a client that sends a request, and for one that does not read the response. */
const PATIENCE = { head: 10_000, request: 30_000, idle: 120_000, checked: 5_000 };

/**
 * Serves the viewer at `/`, the run at `/run/` and the second run at `/other/`, on the loopback address. Rejects with a
 * UserError if the port is in use.
 */
export function serveViewer({ page, run, other }: Served, port: number): Promise<Server> {
  const runs = new Map<string, Run>();
  if (run) runs.set('run', run);
  if (other) runs.set('other', other);
  const start =
    run &&
    `/?${new URLSearchParams({
      run: 'run/',
      name: nameOf(run, other),
      ...(other ? { with: 'other/', withName: nameOf(other, run) } : {}),
    })}`;
  return listen(async (request, response, path) => {
    const [first = '', ...rest] = path.split('/');
    const own = rest.length > 0 ? runs.get(first) : undefined;
    if (own) {
      const file = rest.join('/');
      if (!SERVED.test(file)) return void response.writeHead(404).end();
      response.setHeader('Content-Security-Policy', REPORT_POLICY);
      return sendFile(request, response, own.folder, file);
    }
    if (start !== undefined && path === '' && !request.url!.includes('?')) {
      return void response.writeHead(302, { Location: start }).end();
    }
    response.setHeader('Content-Security-Policy', PAGE_POLICY);
    // a page alone in its process may share memory between threads
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    return sendFile(request, response, page, path === '' || path.endsWith('/') ? `${path}index.html` : path);
  }, port);
}

/** A run's display name: its folder's, with the parent folder's if both runs have the same name. */
function nameOf({ folder }: Run, beside: Run | undefined): string {
  const name = basename(folder);
  return beside && basename(beside.folder) === name ? `${basename(dirname(folder))}/${name}` : name;
}

/** The path of a request without its first `/`; undefined if it is invalid. */
function pathOf(target: string): string | undefined {
  // full URLs, `*` and CONNECT targets are for proxies
  if (!target.startsWith('/')) return undefined;
  const [path = ''] = target.slice(1).split(/[?#]/);
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

async function answer(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // a page of another site must not read a run through a name that points here
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    return void response.writeHead(403).end();
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return void response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  }
  const path = pathOf(request.url ?? '');
  if (path === undefined) return void response.writeHead(404).end();
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  return handler(request, response, path);
}

function listen(handler: Handler, port: number): Promise<Server> {
  const server = createServer({ connectionsCheckingInterval: PATIENCE.checked }, (request, response) => {
    // any failure ends one response, not the server
    answer(handler, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  server.headersTimeout = PATIENCE.head;
  server.requestTimeout = PATIENCE.request;
  server.timeout = PATIENCE.idle;
  return new Promise((done, fail) => {
    // kept while the server listens: too many open files must not end it
    server.on('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new UserError(`--port: ${port} is used by another program; pass another one, or 0 for any`)
          : error,
      ),
    );
    server.listen(port, LOOPBACK, () => done(server));
  });
}
