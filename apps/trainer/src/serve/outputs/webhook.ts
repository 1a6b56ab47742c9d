import { createHmac } from 'node:crypto';
import type { Entry } from '../journal/entries.js';
import type { Output } from '../journal/follower.js';

/** Milliseconds within which a receiver must answer. */
const ANSWER_MS = 15_000;
/** Entries of one delivery; the next begin when all of these were taken. */
const AT_ONCE = 4;

/** A receiver that did not take an entry. */
class NotTaken extends Error {
  override readonly name = 'NotTaken';
}

/** The headers of Standard Webhooks (standardwebhooks.com): a receiver checks the signature, and knows a repeated entry by its id. */
export function signedHeaders(
  id: string,
  body: string,
  secret: string,
  now = Date.now(),
): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

/**
 * Posts results and warnings to an address, in order, until each was answered by a 2xx: an entry may come twice after a crash or a lost answer,
 * with the same id, and none is lost. The journal is its outbox.
 */
export function webhookOutput(url: string, secret: string): Output {
  // what this process has delivered of a delivery that failed in the middle
  const taken = new Set<string>();
  const post = async (entry: Entry): Promise<void> => {
    if (taken.has(entry.id)) return;
    const body = JSON.stringify(entry);
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signedHeaders(entry.id, body, secret) },
      body,
      // a signature is for this address alone
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    }).catch((error: unknown) => {
      const { cause, message } = error as Error;
      throw new NotTaken(
        `${new URL(url).host} did not answer: ${cause instanceof Error ? cause.message : message}`,
      );
    });
    await response.body?.cancel();
    if (!response.ok) throw new NotTaken(`${new URL(url).host} answered ${response.status}`);
    taken.add(entry.id);
  };
  return {
    name: 'webhook',
    wants: ({ kind }) => kind === 'result' || kind === 'warning',
    async deliver(entries) {
      for (let i = 0; i < entries.length; i += AT_ONCE)
        await Promise.all(entries.slice(i, i + AT_ONCE).map(post));
      taken.clear();
      return null;
    },
  };
}
