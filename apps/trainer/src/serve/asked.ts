// What `serve` and `worker` are asked on the command line.
import { statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { modelFileOf } from '../commands/predict.js';
import { UserError } from '../errors.js';
import { readUserFile } from '../weights/encoderSource.js';
import type { GivenModel } from './judging/models.js';

/** Resolves on Ctrl+C and on SIGTERM. */
export const untilStopped = (): Promise<void> =>
  new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });

/** The model of PATH or NAME=PATH, whose file is not checked. */
export async function givenModel(given: string): Promise<GivenModel> {
  const named = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})=(.+)$/s.exec(given);
  const path = named?.[2] ?? given;
  const file = modelFileOf(path);
  const folder = basename(dirname(file));
  const own = basename(file) === 'model.safetensors' ? folder : basename(file, '.safetensors');
  const name =
    named?.[1] ??
    (own
      .replaceAll(/[^A-Za-z0-9._-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 64) ||
      'model');
  return { name, bytes: await readUserFile(file, '--model'), where: file };
}

/** Throws a UserError for what is no folder. */
export function requireFolder(option: string, path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new UserError(`${option}: ${path} is not a folder; make it first`);
}

export function logLevel(text: string): string {
  if (!['fatal', 'error', 'warn', 'info', 'debug', 'silent'].includes(text))
    throw new InvalidArgumentError('expected fatal, error, warn, info, debug or silent.');
  return text;
}

export function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65535)
    throw new InvalidArgumentError('expected a number from 0 to 65535.');
  return value;
}
