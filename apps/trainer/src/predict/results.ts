import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import type { Io } from '../terminal/io.js';
import { LineFile } from './lineFile.js';
import type { Prediction } from './predict.js';
import { hasEvaluatedMaps, removeWritten, writtenBefore } from './replaced.js';
import { csvHeader, csvLine, kindOf, tableHeader, tableLine } from './rows.js';

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
  readonly counts = new Map<string, number>();
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

  /** Throws a UserError if a file would be replaced without permission, a FileError if one cannot be written. */
  static async begin(io: Io, options: ResultOptions): Promise<Results> {
    const { out, csv, json } = options;
    const lines = out === undefined ? undefined : join(out, 'predictions.jsonl');
    if (!options.overwrite) requireNew(options, lines);
    if (options.maps && out !== undefined && hasEvaluatedMaps(out)) {
      throw new UserError(
        `predict: ${join(out, 'maps')} is of an evaluation; pass another folder with --out`,
      );
    }
    const old = out !== undefined && options.overwrite ? await writtenBefore(out) : new Set<string>();
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

  async add(prediction: Prediction): Promise<void> {
    const kind = kindOf(prediction);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
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

function requireNew({ out, csv, overlays, maps }: ResultOptions, lines: string | undefined): void {
  const written = [
    lines,
    overlays && out !== undefined ? join(out, 'overlays') : undefined,
    maps && out !== undefined ? join(out, 'maps') : undefined,
    csv,
  ];
  const there = written.find((path) => path !== undefined && existsSync(path));
  if (there !== undefined) {
    throw new UserError(
      `predict: ${there} already exists; pass another ${there === csv ? 'file' : 'folder'}, or replace it with --overwrite`,
    );
  }
}
