import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { syntheticDataset, type Dataset, type Sample, someOf } from '@pyramid-mamba/data';
import { mapLimit, openFolder } from '@pyramid-mamba/data/node';
import { UserError } from '../errors.js';
import { plural } from '../text/plural.js';
import type { Io } from '../terminal/io.js';

/** The name of the embedded data set in place of a folder. */
export const SYNTHETIC = 'synthetic';
const READERS = 4;

/** The form of `--data` in `config.json`: the absolute path, or `synthetic`. Throws a UserError if it is empty. */
export function dataLocation(data: string): string {
  if (data.trim() === '') {
    throw new UserError(
      '--data is empty; pass a folder of pictures (. for the current one), or "synthetic" for the embedded data set',
    );
  }
  return data === SYNTHETIC ? SYNTHETIC : resolve(data);
}

/** A data set and its summary in one sentence. */
export interface OpenedDataset {
  dataset: Dataset;
  sentence: string;
  /** Warnings, mainly about pictures that are not read; one sentence each. */
  notices: string[];
}

/**
 * Opens the data set at `location` (a folder, whose layout is detected, or `synthetic`), limited to `classes` if given.
 * Rejects with a DataError or UserError for a missing folder, an unknown or an empty class, and any other fault.
 */
export async function openDataset(location: string, classes?: readonly string[]): Promise<OpenedDataset> {
  if (location !== SYNTHETIC) return openFolder(location, classes ? { classes } : {});
  const dataset = limitClasses(syntheticDataset(), classes);
  return {
    dataset,
    sentence:
      `the embedded data set, ${plural(dataset.classes.length, 'class', 'classes')} (${dataset.classes.join(', ')}), ` +
      `${dataset.train.length} training and ${dataset.test.length} test pictures`,
    notices: [],
  };
}

/** Throws a UserError if the data set that a run was trained on is missing at its path. */
export function requireThere(location: string, run: string): void {
  if (location === SYNTHETIC || existsSync(location)) return;
  throw new UserError(
    `${location}, the data set of ${run}, does not exist; if it was moved or renamed, pass its new folder with --data`,
  );
}

/** Maximum number of printed warnings; more are counted, and `data check` lists all. */
const MOST_NOTICES = 10;

/** Prints the warnings about a data set to stderr. */
export function noteNotices(io: Io, notices: readonly string[]): void {
  for (const notice of notices.slice(0, MOST_NOTICES)) io.err(`note: ${notice}\n`);
  const left = notices.length - MOST_NOTICES;
  if (left > 0) io.err(`note: and ${left} more; \`pyramid-mamba data check\` lists all\n`);
}

/** The part of a data set that belongs to `classes`. Throws a UserError for a class it does not have. */
export function limitClasses(dataset: Dataset, classes: readonly string[] | undefined): Dataset {
  if (!classes) return dataset;
  requireClasses('--classes', dataset, classes);
  const wanted = new Set(classes);
  const chosen = (sample: Sample) => wanted.has(sample.className);
  return {
    ...dataset,
    classes: dataset.classes.filter((name) => wanted.has(name)),
    train: dataset.train.filter(chosen),
    test: dataset.test.filter(chosen),
  };
}

/** Throws a UserError if `option` names a class that the data set does not have. */
export function requireClasses(option: string, dataset: Dataset, classes: readonly string[]): void {
  const unknown = classes.filter((name) => !dataset.classes.includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      `${option}: the data set ${dataset.name} has no class ${unknown.join(', ')}; choose among ${someOf(dataset.classes)}`,
    );
  }
}

/** SHA-256 of each picture, in order. */
export function pictureHashes(samples: readonly Sample[]): Promise<string[]> {
  return mapLimit(samples, READERS, (sample) => sample.hash());
}

/** SHA-256 of the pixels of each picture, in order; of its recipe where it is drawn. Calls `onPicture` after each. */
export function pixelHashes(
  samples: readonly Sample[],
  onPicture: (done: number) => void = () => undefined,
): Promise<string[]> {
  let done = 0;
  return mapLimit(samples, READERS, async (sample) => {
    const hash = await (sample.pixelHash?.() ?? sample.hash());
    onPicture(++done);
    return hash;
  });
}
