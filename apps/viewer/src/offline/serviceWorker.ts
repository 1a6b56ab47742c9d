// Keeps the page's own files, so that it works without a network once it was loaded. Everything else, a served run for
// instance, is left to the network.

interface Offline {
  /** Changes with any built file. */
  readonly version: string;
  /** Built files, fetched ahead; and files beside them, kept once they were used. Paths below the page's folder. */
  readonly built: readonly string[];
  readonly kept: readonly string[];
  /** SHA-256, in hex, of those built files whose names do not change with what they hold. */
  readonly sums: Readonly<Record<string, string>>;
}

/** What of a service worker's global scope is used; TypeScript's DOM library does not have it. */
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

// A new version waits until every tab of the old one is closed: those still load parts of the old one. New tabs take the new files from the
// network meanwhile.
scope.addEventListener('install', (event) => {
  const ahead = async () => {
    const cache = await caches.open(CACHE);
    await Promise.all(built.map((path) => fetchAhead(cache, path)));
  };
  event.waitUntil(ahead());
});

/** Puts a file of this version into its cache. Rejects for one of another version: the host is being changed, and the next visit tries again. */
async function fetchAhead(cache: Cache, path: string): Promise<void> {
  const answer = await fetch(new Request(addressOf(path), { cache: 'reload' }));
  if (answer.status !== 200) throw new Error(`${path}: the server says ${answer.status}`);
  const wanted = sums[path];
  if (wanted !== undefined) {
    const sum = await crypto.subtle.digest('SHA-256', await answer.clone().arrayBuffer());
    const hex = [...new Uint8Array(sum)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    if (hex !== wanted) throw new Error(`${path} is not of version ${version}`);
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

/** The path below the page's folder, or undefined for anything that is not a file of the page. */
function ownPath(request: Request): string | undefined {
  const url = new URL(request.url);
  const { href: root } = new URL(scope.registration.scope);
  if (request.method !== 'GET' || !url.href.startsWith(root)) return undefined;
  const path = decodeURIComponent(url.origin + url.pathname).slice(root.length) || 'index.html';
  return own.has(path) ? path : undefined;
}

scope.addEventListener('fetch', (event) => {
  const path = ownPath(event.request);
  if (path !== undefined) event.respondWith(answer(event.request, path));
});

/**
 * Files whose names carry their hash never change: from the cache. The others from the network while there is one. What the network has may be
 * of a newer version already: only files that belong to no version are kept from it.
 */
async function answer(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const key = addressOf(path);
  const known = await cache.match(key);
  if (known && path.startsWith('assets/')) return known;
  try {
    const fresh = await fetch(request);
    // part of a file, or an error, is not to be kept
    if (fresh.status === 200 && !built.includes(path)) await cache.put(key, fresh.clone());
    return fresh;
  } catch (error) {
    if (known) return known;
    throw error;
  }
}
