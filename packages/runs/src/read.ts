// Reads and validates the JSON files of a run.
import type { z } from 'zod';
import { RunError, type Files } from './storage/port.js';

/** Maximum sizes in bytes of the files of a run, each well above what the program writes. */
export const MOST = {
  /** `config.json`, `metrics.json`, `curves.json`. */
  json: 64 * 2 ** 20,
  /** `viewer.json`. */
  manifest: 128 * 2 ** 20,
  /** `scores.jsonl`, `train.jsonl`. */
  lines: 256 * 2 ** 20,
  picture: 64 * 2 ** 20,
  /** The most that Node reads at once. */
  model: 2 ** 31 - 1,
} as const;

/** Parts of the error for a file with unexpected contents. */
export interface Words {
  /** The expected contents. */
  wanted: string;
  /** What to do. */
  next: string;
}

async function textOf(files: Files, path: string, most: number): Promise<string | undefined> {
  const bytes = await files.read(path, most);
  return bytes && new TextDecoder().decode(bytes);
}

/** Reads a JSON file of a run; undefined if there is none. Throws a RunError, one sentence, for any fault. */
export async function readJson<T>(
  files: Files,
  path: string,
  schema: z.ZodType<T>,
  words: Words,
): Promise<T | undefined> {
  const text = await textOf(files, path, MOST.json);
  return text === undefined ? undefined : checked(text, schema, files.where(path), words);
}

/** Reads a JSON Lines file of a run; undefined if there is none. Throws like `readJson`, with the line number. */
export async function readLines<T>(
  files: Files,
  path: string,
  schema: z.ZodType<T>,
  words: Words,
): Promise<T[] | undefined> {
  const text = await textOf(files, path, MOST.lines);
  return text
    ?.split('\n')
    .flatMap((line, i) =>
      line === '' ? [] : [checked(line, schema, `${files.where(path)}, line ${i + 1}`, words)],
    );
}

/** A value of JSON text that passes a schema. Throws a RunError, one sentence, for any fault. */
export function checked<T>(text: string, schema: z.ZodType<T>, where: string, { wanted, next }: Words): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RunError(`${where}: expected JSON, but the file is damaged; ${next}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue!.path.map(String).join('.');
  throw new RunError(
    `${where}: expected ${wanted}, but ${key === '' ? '' : `${key}: `}${issue!.message}; ${next}`,
  );
}
