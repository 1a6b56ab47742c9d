// What was fetched once is known again: the full SHA-256 of a download and of what was made of it.
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { z } from 'zod';
import { UserError } from '../errors.js';
import { MOST } from '@pyramid-mamba/runs';
import { readRegular } from '@pyramid-mamba/runs/node';
import { sha256Of } from './download.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const recordSchema = z.object({ download: digest.nullable(), weights: digest });
export type WeightsRecord = z.infer<typeof recordSchema>;

const recordFile = (weights: string) => `${weights}.sha256.json`;

/** What is on record of a file of weights; undefined where nothing is, or it is damaged. */
export async function readRecord(weights: string): Promise<WeightsRecord | undefined> {
  const bytes = await readRegular(recordFile(weights), MOST.json);
  try {
    return bytes && recordSchema.safeParse(JSON.parse(new TextDecoder().decode(bytes))).data;
  } catch {
    return undefined;
  }
}

export async function writeRecord(weights: string, record: WeightsRecord): Promise<void> {
  await writeFileAtomic(recordFile(weights), `${JSON.stringify(record)}\n`);
}

/** Throws a UserError where a file is not the one that a hash, or its known beginning, belongs to; else returns its full SHA-256. */
export async function requireHash(file: string, wanted: string): Promise<string> {
  const found = await sha256Of(file);
  if (found.startsWith(wanted)) return found;
  throw new UserError(
    `${file} is not the file it should be: wanted the SHA-256 ${wanted}${wanted.length < 64 ? '…' : ''}, but it has ${found}; ` +
      'remove it and run the command again',
  );
}

/** Says where a hash cannot tell a forgery; undefined where it can. */
export function weakness(
  { sha256 }: { readonly sha256: string | undefined },
  found: string,
): string | undefined {
  if (sha256 === undefined)
    return (
      `note: no SHA-256 of this file is published but the one that its server says, which it has: ${found}; compare it with another source. ` +
      'It is on record now: another file under this name will be refused'
    );
  return sha256.length === 64
    ? undefined
    : `note: its owners publish only the first ${sha256.length} digits of its SHA-256, which a forger can match; compare the whole one, ` +
        `${found}, with another source. It is on record now: another file under this name will be refused`;
}
