import { open, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join, parse } from 'node:path';
import { csv, FileError } from '@pyramid-mamba/data';
import { fileReason, makeFolder } from '@pyramid-mamba/data/node';
import type { Entry, Result } from '../journal/entries.js';
import type { Output } from '../journal/follower.js';

export interface FileOutputOptions {
  path: string;
  /** Bytes from which the file is put aside under a name with a time and a number. */
  rotateBytes: number;
  /** Files put aside that are kept; older ones are removed. */
  keep: number;
}

interface Format {
  kind: string;
  head: string;
  line(result: Result): string;
}

const JSON_LINES: Format = { kind: 'jsonl', head: '', line: (result) => `${JSON.stringify(result)}\n` };

const COLUMNS = [
  'id',
  'time',
  'file',
  'product',
  'verdict',
  'times limit',
  'score',
  'review',
  'reject',
  'regions',
  'left',
  'top',
  'width',
  'height',
  'doubts or error',
  'model',
  'model sha256',
  'picture sha256',
  'milliseconds',
];
const CSV: Format = {
  kind: 'csv',
  head: csv([COLUMNS]),
  line: ({
    id,
    time,
    file,
    class: product,
    verdict,
    scoreOfLimit,
    score,
    thresholds,
    regions,
    doubts,
    error,
    model,
    picture,
    durationMs,
  }) =>
    csv([
      [
        id,
        time,
        file,
        product,
        verdict,
        scoreOfLimit,
        score,
        thresholds?.review ?? null,
        thresholds?.reject ?? null,
        regions?.length ?? null,
        ...(regions?.[0]?.box ?? [null, null, null, null]),
        error ?? doubts.join('; '),
        model.name,
        model.sha256,
        picture.sha256,
        durationMs,
      ],
    ]),
};

/** Results as lines of a file, each once, also after a crash: what the last unfinished delivery wrote is cut off before the next. */
class FileOutput implements Output {
  readonly name: string;
  /** Bytes of the file before a delivery that failed, as long as what it left is still behind them. */
  #whole: number | undefined;

  constructor(
    private readonly format: Format,
    private readonly options: FileOutputOptions,
  ) {
    this.name = `${format.kind}:${options.path}`;
  }

  wants(entry: Entry): boolean {
    return entry.kind === 'result';
  }

  async begin(note: unknown): Promise<void> {
    await this.#failing(async () => {
      await makeFolder(dirname(this.options.path));
      const { length } = (note ?? {}) as { length?: number };
      if (length !== undefined) await this.#cut(length);
    });
  }

  async deliver(entries: readonly Entry[], note: (value: unknown) => Promise<void>): Promise<unknown> {
    return this.#failing(async () => {
      if (this.#whole !== undefined) await this.#cut(this.#whole);
      let length = await this.#size();
      if (length >= this.options.rotateBytes) {
        await this.#rotate();
        length = 0;
      }
      await note({ length });
      const lines = entries.flatMap((entry) => (entry.kind === 'result' ? [this.format.line(entry)] : []));
      const handle = await open(this.options.path, 'a');
      this.#whole = length;
      try {
        await handle.writeFile((length === 0 ? this.format.head : '') + lines.join(''));
        await handle.datasync();
        const { size } = await handle.stat();
        this.#whole = undefined;
        return { length: size };
      } catch (error) {
        // a full disk: the same lines come again; what cannot be cut off now is before they do
        await handle.truncate(length).catch(() => undefined);
        throw error;
      } finally {
        await handle.close();
      }
    });
  }

  /** Removes what an unfinished delivery has left behind so many bytes. */
  async #cut(length: number): Promise<void> {
    if ((await this.#size()) > length) await truncate(this.options.path, length);
    this.#whole = undefined;
  }

  async #size(): Promise<number> {
    return (await stat(this.options.path).catch(() => undefined))?.size ?? 0;
  }

  /** `results.jsonl` becomes `results.2026-12-01T08-30-00-000Z.17.jsonl`: by the number the oldest are known, because a clock may be set back. */
  async #rotate(): Promise<void> {
    const { path, keep } = this.options;
    const { dir, name, ext } = parse(path);
    const aside = putAside(await readdir(dir || '.'), name, ext);
    const time = new Date().toISOString().replaceAll(/[:.]/g, '-');
    const number = (aside.at(-1)?.number ?? 0) + 1;
    await rename(path, join(dir, `${name}.${time}.${number}${ext}`));
    for (const old of aside.slice(0, Math.max(0, aside.length + 1 - keep)))
      await rm(join(dir, old.file), { force: true });
  }

  async #failing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof FileError) throw error;
      throw new FileError(`${this.options.path} cannot be written: ${fileReason(error)}`, { cause: error });
    }
  }
}

/** Files that were put aside, the oldest first; those of earlier versions have no number, and are older. */
function putAside(files: readonly string[], name: string, ext: string): { file: string; number: number }[] {
  return files
    .flatMap((file) => {
      if (!file.startsWith(`${name}.`) || !file.endsWith(ext)) return [];
      const middle = file.slice(name.length + 1, file.length - ext.length);
      const found = /^\d{4}-\d\d-\d\dT[\d-]+Z(?:\.(\d+))?$/.exec(middle);
      return found ? [{ file, number: Number(found[1] ?? 0) }] : [];
    })
    .sort((a, b) => a.number - b.number || (a.file < b.file ? -1 : 1));
}

export const jsonLinesOutput = (options: FileOutputOptions): Output => new FileOutput(JSON_LINES, options);
export const csvOutput = (options: FileOutputOptions): Output => new FileOutput(CSV, options);
