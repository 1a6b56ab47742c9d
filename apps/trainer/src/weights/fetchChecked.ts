import { UserError } from '../errors.js';

const MOST_REDIRECTS = 5;
/** Where the servers of the catalogue keep what they redirect to. */
const STORES: Readonly<Record<string, readonly string[]>> = {
  'github.com': ['objects.githubusercontent.com', 'release-assets.githubusercontent.com'],
};

/**
 * Throws a UserError where a server may not send its visitors on to `to`: over https alone, to itself or where it is known to keep its
 * files.
 *
 * @param trusted origins besides, over any protocol, and all hosts of a domain, over https: `https://*.hf.co`
 */
export function requireRedirect(first: URL, to: URL, trusted: readonly string[] = []): void {
  if (trusted.some((one) => isTrusted(one, to))) return;
  const known = to.host === first.host || (STORES[first.hostname] ?? []).includes(to.hostname);
  const secure = to.protocol === 'https:' || (to.protocol === first.protocol && to.origin === first.origin);
  if (known && secure && to.username === '' && to.password === '') return;
  throw new UserError(
    `${first.href}: the server redirects to ${to.origin}, which is not one of its own over https; ` +
      'give the address of the file itself with --url if you trust it',
  );
}

function isTrusted(one: string, to: URL): boolean {
  const [protocol, domain] = one.split('//*');
  if (domain === undefined) return one === to.origin;
  return to.protocol === protocol && to.hostname.endsWith(domain) && to.username === '' && to.password === '';
}

/**
 * As fetch; follows redirects only where `requireRedirect` lets it.
 *
 * @param enough whether an answer that redirects says all that is wanted: it is not followed then
 */
export async function fetchChecked(
  url: string,
  init: RequestInit,
  trusted: readonly string[] = [],
  enough: (response: Response) => boolean = () => false,
): Promise<Response> {
  const first = new URL(url);
  let at = first;
  for (let count = 0; ; count++) {
    const response = await fetch(at, { ...init, redirect: 'manual' });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null)
      return response;
    if (enough(response)) return response;
    await response.body?.cancel();
    if (count === MOST_REDIRECTS) {
      throw new UserError(
        `${url} cannot be downloaded (redirect count exceeded): the server redirects more than ${MOST_REDIRECTS} times; give another --url`,
      );
    }
    at = new URL(location, at);
    requireRedirect(first, at, trusted);
  }
}
