// Reads and validates the JSON files of a run.
import { UserError } from '../errors.js';
import type { z } from 'zod';
import { MOST, readInside } from './read.js';

/** Parts of the error for a file with unexpected contents. */
interface Words {
  /** The expected contents. */
  wanted: string;
  /** What to do. */
  next: string;
}

/** The text of a run's file; undefined if there is none. Throws a UserError if it is outside the run or too large. */
async function textOf(folder: string, name: string, most: number): Promise<string | undefined> {
  const bytes = await readInside(folder, name, most);
  return bytes && new TextDecoder().decode(bytes);
}

/** Reads a JSON file of a run; undefined if there is none. Throws a UserError with a one-sentence message for any fault. */
export async function readJson<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  words: Words,
): Promise<T | undefined> {
  const text = await textOf(folder, name, MOST.json);
  return text === undefined ? undefined : checked(text, schema, `${folder}: ${name}`, words);
}

/** Reads a JSON Lines file of a run; undefined if there is none. Throws like `readJson`, with the line number. */
export async function readLines<T>(
  folder: string,
  name: string,
  schema: z.ZodType<T>,
  words: Words,
): Promise<T[] | undefined> {
  const text = await textOf(folder, name, MOST.lines);
  return text
    ?.split('\n')
    .flatMap((line, i) =>
      line === '' ? [] : [checked(line, schema, `${folder}: ${name}, line ${i + 1}`, words)],
    );
}

function checked<T>(text: string, schema: z.ZodType<T>, where: string, { wanted, next }: Words): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${where}: expected JSON, but the file is damaged; ${next}`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue!.path.map(String).join('.');
  throw new UserError(
    `${where}: expected ${wanted}, but ${key === '' ? '' : `${key}: `}${issue!.message}; ${next}`,
  );
}
