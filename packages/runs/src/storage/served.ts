import { partsOf, requireSize, RunError, type RunFiles } from './port.js';

/** A run served by the page's own server. `base` is its folder's URL, ending in `/`. */
export function servedFiles(base: URL, name: string): RunFiles {
  return {
    name,
    find: async (path) => new URL(partsOf(path).map(encodeURIComponent).join('/'), base).href,
  };
}

/** The server's file at `url`; null if missing. Rejects with a sentence, and as soon as it exceeds `limit` bytes. */
export async function fetched(url: string, path: string, run: string, limit: number): Promise<Blob | null> {
  const response = await fetch(url, { credentials: 'omit' }).catch(() => {
    throw new RunError(`${path} of ${run} cannot be fetched: the server does not answer; start it again`);
  });
  if (response.status === 404) return null;
  if (!response.ok) {
    throw new RunError(`${path} of ${run} cannot be fetched: the server answers ${response.status}`);
  }
  // some servers answer a missing file with the page itself
  if (response.headers.get('content-type')?.startsWith('text/html')) return null;
  return capped(response, path, limit);
}

/** The body, aborted as soon as it exceeds `limit`, independent of its header. */
async function capped(response: Response, path: string, limit: number): Promise<Blob> {
  requireSize(path, Number(response.headers.get('content-length') ?? 0), limit);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts);
    bytes += value.length;
    if (bytes > limit) await reader.cancel();
    requireSize(path, bytes, limit);
    parts.push(value);
  }
}

/**
 * The folder's URL from `?run=` or `?with=`: only of this page's origin, since a link must not make the page show content from
 * elsewhere.
 */
export function sameOriginFolder(text: string, page: URL): URL {
  let url: URL | undefined;
  try {
    url = new URL(text.endsWith('/') ? text : `${text}/`, page);
  } catch {
    // said below
  }
  if (!url || url.origin !== page.origin || !/^https?:$/.test(url.protocol)) {
    throw new RunError(
      `the address ${JSON.stringify(text)} is not opened: expected a run's folder on this page's own server (${page.origin}); ` +
        'drop the folder on the page instead',
    );
  }
  return url;
}
