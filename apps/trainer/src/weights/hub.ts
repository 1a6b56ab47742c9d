// Files of the Hugging Face hub: what it says of a file, and the download into the cache that its own programs use.
import { UserError } from '../errors.js';
import type { HubFile } from './catalogue.js';
import { download } from './download.js';
import { fetchChecked } from './fetchChecked.js';
import { blobPath, cachedFile, keep, type CachedFile } from './hubCache.js';

/** Where the hub keeps large files. A mirror may send its visitors on to them, too. */
const STORES = ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'];

/** Git's commit and the SHA-256 of a large file; other files have other hashes there, and no weights are among them. */
const COMMIT = /^[0-9a-f]{40}$/;
const SHA256 = /^[0-9a-f]{64}$/;

export interface HubRequest {
  readonly hub: HubFile;
  /** Its beginning, as far as it is known outside the hub; '' where nothing is. */
  readonly sha256: string;
  /** Most bytes that are taken. */
  readonly most: number;
  readonly onProgress: (done: number, total: number | undefined) => void;
}

/** The hub's address without a slash at its end: `HF_ENDPOINT`, or its own. Throws a UserError for an address that is none. */
export function hubEndpoint(): string {
  const given = process.env['HF_ENDPOINT'] || 'https://huggingface.co';
  if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given.replace(/\/+$/, '');
  throw new UserError(
    `HF_ENDPOINT: expected the address of a mirror of the Hugging Face hub, such as https://huggingface.co, found ${given}; correct or unset it`,
  );
}

/** The address of a file at a revision. */
export const hubUrl = ({ repo, file }: HubFile, revision = 'main'): string =>
  `${hubEndpoint()}/${repo}/resolve/${revision}/${file}`;

/**
 * The file in the hub's cache. One that is there already, also by another program, is taken without asking the hub; else it is downloaded there, continued
 * where an earlier download broke off.
 *
 * @throws UserError for a hub that cannot be reached, an answer that is none of a large file, and a wrong hash
 */
export async function hubFile({ hub, sha256, most, onProgress }: HubRequest): Promise<CachedFile> {
  const found = await cachedFile(hub);
  if (found) return found;
  if (/^(1|true|yes|on)$/i.test(process.env['HF_HUB_OFFLINE'] ?? ''))
    throw new UserError(
      `${hub.repo}: ${hub.file} is not in the cache of the Hugging Face hub, and HF_HUB_OFFLINE forbids to download it; unset HF_HUB_OFFLINE`,
    );
  const said = await askHub(hub);
  if (!said.sha256.startsWith(sha256))
    throw new UserError(
      `${hubUrl(hub)}: expected a file with the SHA-256 ${sha256}${sha256.length < 64 ? '…' : ''}, but the hub has one with ${said.sha256}; ` +
        'nothing was downloaded: if its owners replaced the file, download it elsewhere and convert it with `weights convert FILE`',
    );
  if (said.size > most) tooLarge(hub, said.size, most);
  const path = blobPath(hub, said.sha256);
  await download({
    url: hubUrl(hub, said.commit),
    path,
    sha256: said.sha256,
    most: said.size,
    trusted: STORES,
    onProgress,
  });
  return keep(hub, said.commit, said.sha256);
}

interface Said {
  readonly commit: string;
  readonly sha256: string;
  readonly size: number;
}

/** What the hub says of the file at the head of its branch, in the headers of its first answer. */
async function askHub(hub: HubFile): Promise<Said> {
  const url = hubUrl(hub);
  const headers = { 'Accept-Encoding': 'identity' };
  const response = await fetchChecked(url, { method: 'HEAD', headers }, [], (answer) =>
    answer.headers.has('x-linked-etag'),
  ).catch((error: unknown) => {
    if (error instanceof UserError) throw error;
    const { message, cause } = error as Error & { cause?: Error };
    throw new UserError(
      `${url} cannot be reached (${cause?.message ?? message}); try again, or name a mirror of the hub in HF_ENDPOINT`,
      { cause: error },
    );
  });
  if (response.status >= 400)
    throw new UserError(
      `${url}: the server responded with ${response.status} ${response.statusText}; try again later, or name a mirror of the hub in HF_ENDPOINT`,
    );
  const sha256 = (response.headers.get('x-linked-etag') ?? '').replace(/^(W\/)?"|"$/g, '');
  const commit = response.headers.get('x-repo-commit') ?? '';
  const size = Number(response.headers.get('x-linked-size') ?? NaN);
  if (!SHA256.test(sha256) || !COMMIT.test(commit) || !Number.isSafeInteger(size) || size <= 0)
    throw new UserError(
      `${url}: expected the commit, size and SHA-256 of a large file of the Hugging Face hub, found ` +
        `"${commit}", "${response.headers.get('x-linked-size') ?? ''}" and "${sha256}"; is HF_ENDPOINT a mirror of the hub?`,
    );
  return { commit, sha256, size };
}

function tooLarge({ repo, file }: HubFile, size: number, most: number): never {
  throw new UserError(
    `${repo}: wanted a file of at most ${(most / 1e6).toFixed(0)} MB, but the hub has ${file} of ${(size / 1e6).toFixed(0)} MB; ` +
      'if its owners replaced the file, download it elsewhere and convert it with `weights convert FILE`',
  );
}
