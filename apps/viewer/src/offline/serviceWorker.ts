// Caches the page's own files, so that it works offline after the first load. Everything else, for example a served run,
// uses the network.

interface Offline {
  /** Changes with any built file. */
  readonly version: string;
  /** Built files, prefetched; and files beside them, cached on use. Paths below the page's folder. */
  readonly built: readonly string[];
  readonly kept: readonly string[];
  /** SHA-256, in hex, of the built files without a hash in their name. */
  readonly sums: Readonly<Record<string, string>>;
}

/** The used part of a service worker's global scope, which TypeScript's DOM library lacks. */
interface Scope {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(kind: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(kind: 'fetch', listener: (event: Fetching) => void): void;
}
interface Lasting {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

const scope = globalThis as unknown as Scope;
const { version, built, kept, sums } = JSON.parse('__OFFLINE_FILES__') as Offline;
const PREFIX = 'pyramid-mamba ';
const CACHE = `${PREFIX}${version}`;
const own = new Set([...built, ...kept]);
const addressOf = (path: string): string => new URL(path, scope.registration.scope).href;

// A new version waits until every tab of the old one is closed, because those still load chunks of the old one. Meanwhile new tabs load
// the new files from the network.
scope.addEventListener('install', (event) => {
  const ahead = async () => {
    const cache = await caches.open(CACHE);
    await Promise.all(built.map((path) => fetchAhead(cache, path)));
  };
  event.waitUntil(ahead());
});

/** Caches a file of this version. Rejects for one of another version: the host is being updated, and the next visit retries. */
async function fetchAhead(cache: Cache, path: string): Promise<void> {
  const answer = await fetch(new Request(addressOf(path), { cache: 'reload' }));
  if (answer.status !== 200) throw new Error(`${path}: the server responded with ${answer.status}`);
  const wanted = sums[path];
  if (wanted !== undefined) {
    const sum = await crypto.subtle.digest('SHA-256', await answer.clone().arrayBuffer());
    const hex = [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (hex !== wanted) throw new Error(`${path} is not from version ${version}`);
  }
  await cache.put(addressOf(path), answer);
}

scope.addEventListener('activate', (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
    );
    await scope.clients.claim();
  };
  event.waitUntil(tidy());
});

/** The path below the page's folder, or undefined for anything else. */
function ownPath(request: Request): string | undefined {
  const url = new URL(request.url);
  const { href: root } = new URL(scope.registration.scope);
  if (request.method !== 'GET' || !url.href.startsWith(root)) return undefined;
  const path = decodeURIComponent(url.origin + url.pathname).slice(root.length) || 'index.html';
  return own.has(path) ? path : undefined;
}

scope.addEventListener('fetch', (event) => {
  const path = ownPath(event.request);
  if (path !== undefined) event.respondWith(answer(event.request, path).then(isolated));
});

/** With these headers a page may share memory between threads. A plain static host cannot send them; the page loads nothing of another origin. */
const ISOLATION = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

function isolated(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATION)) if (!headers.has(name)) headers.set(name, value);
  const { status, statusText } = response;
  // a status such as 304 has no body
  return new Response(response.body, { status, statusText, headers });
}

/**
 * Files with a hash in their name never change and come from the cache; the others from the network, if available. The network may already have
 * a newer version: only files without a version are cached from it.
 */
async function answer(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const key = addressOf(path);
  const known = await cache.match(key);
  if (known && path.startsWith('assets/')) return known;
  try {
    const fresh = await fetch(request);
    // do not cache partial responses or errors; where storage is full the page has the file all the same
    if (fresh.status === 200 && !built.includes(path))
      await cache.put(key, fresh.clone()).catch(() => undefined);
    return fresh;
  } catch (error) {
    if (known) return known;
    throw error;
  }
}
