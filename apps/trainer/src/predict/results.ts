import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import type { Io } from '../terminal/io.js';
import { LineFile } from './lineFile.js';
import type { Prediction } from './predict.js';
import { hasEvaluatedMaps, OVERLAYS, removeWritten, writtenBefore } from './replaced.js';
import { csvHeader, csvLine, failureOf, ProductCounts, tableHeader, tableLine } from './rows.js';

/** Number of pictures that were not judged whose reasons are kept; the lines have all. */
const MOST_FAILURES = 5;

/** The outputs of predictions. */
export interface ResultOptions {
  /** Folder of `predictions.jsonl`, overlays and maps. */
  out?: string | undefined;
  /** A file of comma-separated values. */
  csv?: string | undefined;
  /** JSON lines on stdout, in addition to other outputs. */
  json: boolean;
  /** Replace existing files. */
  overwrite: boolean;
  overlays: boolean;
  maps: boolean;
}

/** Writes predictions to files, and to stdout: as a table on a terminal, else as JSON lines. */
export class Results {
  readonly counts = new ProductCounts();
  /** Sentences about the first pictures that were not judged. */
  readonly failures: string[] = [];
  #begun = false;

  private constructor(
    private readonly io: Io,
    private readonly lines: LineFile | undefined,
    private readonly csv: LineFile | undefined,
    private readonly stdout: 'json' | 'table' | 'nothing',
    private readonly out: string | undefined,
    /** Pictures of an earlier predict that no prediction has replaced yet. */
    private readonly old: Set<string>,
  ) {}

  /**
   * Throws a UserError if a file would be replaced without permission, a FileError if one cannot be written. A person at a terminal is
   * asked for that permission.
   */
  static async begin(io: Io, options: ResultOptions): Promise<Results> {
    const { out, csv, json } = options;
    const lines = out === undefined ? undefined : join(out, 'predictions.jsonl');
    if (options.maps && out !== undefined && hasEvaluatedMaps(out)) {
      throw new UserError(
        `predict: ${join(out, 'maps')} is of an evaluation; pass another folder with --out`,
      );
    }
    const replaces = options.overwrite || (await mayReplace(io, options, lines));
    const old = out !== undefined && replaces ? await writtenBefore(out) : new Set<string>();
    const toFile = lines !== undefined || csv !== undefined;
    const stdout = json || (!toFile && !io.isTTY) ? 'json' : toFile ? 'nothing' : 'table';
    const lineFile = lines === undefined ? undefined : await LineFile.begin(lines);
    try {
      const csvFile = csv === undefined ? undefined : await LineFile.begin(csv);
      return new Results(io, lineFile, csvFile, stdout, out, old);
    } catch (error) {
      await lineFile?.discard();
      throw error;
    }
  }

  /** Whether stdout shows no progress. */
  get silent(): boolean {
    return this.stdout === 'nothing';
  }

  /** Whether a person reads the results as they come. */
  get isTable(): boolean {
    return this.stdout === 'table';
  }

  async add(prediction: Prediction): Promise<void> {
    this.counts.add(prediction);
    if ('error' in prediction && this.failures.length < MOST_FAILURES)
      this.failures.push(failureOf(prediction));
    if (!this.#begun) {
      this.#begun = true;
      await this.csv?.add(csvHeader());
      if (this.stdout === 'table') this.io.out(`${tableHeader()}\n`);
    }
    if (!('error' in prediction)) {
      for (const path of [prediction.overlay, prediction.map]) if (path !== undefined) this.old.delete(path);
    }
    const line = `${JSON.stringify(prediction)}\n`;
    await this.lines?.add(line);
    await this.csv?.add(csvLine(prediction));
    if (this.stdout === 'json') this.io.out(line);
    if (this.stdout === 'table') this.io.out(`${tableLine(prediction)}\n`);
  }

  /** Renames the files to their final names and removes the pictures that belong to replaced ones; returns the names. */
  async complete(): Promise<string[]> {
    for (const file of this.#files) await file.complete();
    if (this.out !== undefined) await removeWritten(this.out, this.old);
    return this.#files.map(({ path }) => path);
  }

  /** Keeps what was written before a failure, if anything; returns its new names. */
  async keepParts(): Promise<string[]> {
    const kept: string[] = [];
    for (const file of this.#files) {
      // a failure of one file must not lose the other
      if (this.#begun)
        await file
          .keepPart()
          .then((name) => kept.push(name))
          .catch(() => undefined);
      else await file.discard();
    }
    return kept;
  }

  /** Like `keepParts`, for a process that ends now. */
  keepPartsNow(): string[] {
    return this.#files.flatMap((file) => {
      try {
        if (this.#begun) return [file.keepPartNow()];
        file.discardNow();
      } catch {
        // the disk fails
      }
      return [];
    });
  }

  get #files(): LineFile[] {
    return [this.lines, this.csv].filter((file) => file !== undefined);
  }
}

/** Whether existing results may be replaced. Throws a UserError if not; there may be none. */
async function mayReplace(io: Io, options: ResultOptions, lines: string | undefined): Promise<boolean> {
  const { out, csv, overlays, maps, json } = options;
  const written = [
    lines,
    overlays && out !== undefined ? join(out, OVERLAYS) : undefined,
    maps && out !== undefined ? join(out, 'maps') : undefined,
    csv,
  ];
  const there = written.filter((path) => path !== undefined && existsSync(path));
  const [first] = there;
  if (first === undefined) return false;
  // --json is for scripts, also where they have a terminal
  if (io.ask && !json) {
    if (await io.ask(`${there.join(' and ')} already ${there.length > 1 ? 'exist' : 'exists'}; replace?`))
      return true;
    throw new UserError(
      `predict: nothing was replaced; pass another ${first === csv ? 'file' : 'folder'}, or replace it with --overwrite`,
    );
  }
  throw new UserError(
    `predict: ${first} already exists; pass another ${first === csv ? 'file' : 'folder'}, or replace it with --overwrite`,
  );
}
