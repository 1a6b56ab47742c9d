import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { basename, dirname } from 'node:path';
import sirv from 'sirv';
import { UserError } from '../errors.js';
import type { Run } from '../run.js';

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
  /^\/(viewer\/.+|report\/.+|model\.safetensors|metrics\.json|curves\.json|train\.jsonl|scores\.jsonl|config\.json)$/;

export interface Served {
  /** Folder of the built viewer. */
  page: string;
  /** Without one the page shows its example. */
  run?: Run | undefined;
  other?: Run | undefined;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Serves the viewer at `/`, the run at `/run/` and the second run at `/other/`, on the loopback address. Rejects with a
 * UserError if the port is in use.
 */
export function serveViewer({ page, run, other }: Served, port: number): Promise<Server> {
  const files = filesOf(page);
  const runs = new Map<string, Handler>();
  if (run) runs.set('run', runFiles(run));
  if (other) runs.set('other', runFiles(other));
  const start =
    run &&
    `/?${new URLSearchParams({
      run: 'run/',
      name: nameOf(run, other),
      ...(other ? { with: 'other/', withName: nameOf(other, run) } : {}),
    })}`;
  return listen((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
    const [, first = ''] = pathname.split('/');
    const own = pathname.startsWith(`/${first}/`) ? runs.get(first) : undefined;
    if (own) {
      request.url = pathname.slice(first.length + 1);
      own(request, response);
    } else if (start !== undefined && pathname === '/' && search === '') {
      response.writeHead(302, { Location: start }).end();
    } else {
      response.setHeader('Content-Security-Policy', PAGE_POLICY);
      files(request, response);
    }
  }, port);
}

/** A run's display name: its folder's, with the parent folder's if both runs have the same name. */
function nameOf({ folder }: Run, beside: Run | undefined): string {
  const name = basename(folder);
  return beside && basename(beside.folder) === name ? `${basename(dirname(folder))}/${name}` : name;
}

const notFound = (response: ServerResponse) => void response.writeHead(404).end();

function filesOf(folder: string): Handler {
  const files = sirv(folder, { dev: true, etag: true });
  return (request, response) => files(request, response, () => notFound(response));
}

function runFiles(run: Run): Handler {
  const files = filesOf(run.folder);
  return (request, response) => {
    // the path as the file server reads it
    const path = decoded(request.url ?? '');
    if (path === undefined || path.includes('..') || !SERVED.test(path)) return notFound(response);
    response.setHeader('Content-Security-Policy', REPORT_POLICY);
    files(request, response);
  };
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function listen(handler: Handler, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    // a page of another site must not read a run through a host name that points here
    if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
      response.writeHead(403).end();
      return;
    }
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    handler(request, response);
  });
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new UserError(`--port: ${port} is used by another program; pass another one, or 0 for any`)
          : error,
      ),
    );
    server.listen(port, LOOPBACK, () => done(server));
  });
}
