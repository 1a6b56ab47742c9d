import { rmSync } from 'node:fs';
import sqlite from 'node-sqlite3-wasm';
import { UserError } from '../../errors.js';
import type { Entry } from '../journal/entries.js';
import type { Output } from '../journal/follower.js';

/** A transaction flushes the disk several times, in the thread that answers requests: one for the pictures of a second, not one for each. */
const GATHER_MS = 1000;

/** The tables; the whole entry stays beside the columns that are searched. */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS entries (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  time TEXT NOT NULL,
  product TEXT,
  verdict TEXT,
  score REAL,
  model TEXT,
  picture TEXT,
  about TEXT,
  entry TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS entries_time ON entries (time);
CREATE INDEX IF NOT EXISTS entries_about ON entries (about) WHERE about IS NOT NULL;
`;

type Database = InstanceType<typeof sqlite.Database>;

/** Values of the columns. */
function row(entry: Entry): (string | number | null)[] {
  const { id, kind, time } = entry;
  const rest = JSON.stringify(entry);
  if (kind === 'result') {
    return [
      id,
      kind,
      time,
      entry.class,
      entry.verdict,
      entry.score,
      entry.model.sha256,
      entry.picture.sha256,
      null,
      rest,
    ];
  }
  const model = kind === 'model' ? entry.to : null;
  const about = kind === 'label' ? entry.result : kind === 'model' ? entry.name : null;
  return [id, kind, time, kind === 'warning' ? entry.class : null, null, null, model, null, about, rest];
}

/** The audit trail: every decision, label, model change, warning, start and stop, each once, in an SQLite file that any program reads. */
export function auditOutput(path: string): Output {
  let database: Database | undefined;
  return {
    name: 'audit',
    gatherMs: GATHER_MS,
    wants: () => true,
    begin() {
      // the lock of a process that was killed: the station's own lock says that there is no other
      rmSync(`${path}.lock`, { recursive: true, force: true });
      database = new sqlite.Database(path);
      database.exec('PRAGMA synchronous = FULL');
      database.exec(SCHEMA);
      return Promise.resolve();
    },
    deliver(entries) {
      const open = database!;
      open.exec('BEGIN');
      try {
        for (const entry of entries)
          open.run('INSERT OR IGNORE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', row(entry));
        open.exec('COMMIT');
      } catch (error) {
        if (open.inTransaction) open.exec('ROLLBACK');
        throw error;
      }
      return Promise.resolve(null);
    },
    close() {
      database?.close();
      return Promise.resolve();
    },
  };
}

export interface AuditFilter {
  /** ISO times; entries from the first on, before the second. */
  since?: string | undefined;
  until?: string | undefined;
  kind?: string | undefined;
  /** The id of an entry: those recorded after it. */
  after?: string | undefined;
}

/**
 * The entries of an audit trail in the order in which they were recorded, whatever the clock said, read a part at a time. The station may run; what it
 * records meanwhile is left out. Throws a UserError where there is no entry `after`.
 */
export function* auditEntries(
  path: string,
  { since = '', until = '9', kind, after }: AuditFilter,
): Generator<Entry> {
  const database = new sqlite.Database(path, { readOnly: true, fileMustExist: true });
  try {
    let place = after === undefined ? 0 : placeOf(database, after, path);
    // the index of times bounds what is read; within, times need not ascend
    const { first, last } = database.get(
      'SELECT min(rowid) AS first, max(rowid) AS last FROM entries WHERE time >= ? AND time < ?',
      [since, until],
    ) as { first: number | null; last: number | null };
    if (first === null) return;
    place = Math.max(place, first - 1);
    for (;;) {
      const rows = database.all(
        `SELECT rowid AS place, entry FROM entries WHERE rowid > ? AND rowid <= ? AND time >= ? AND time < ?${kind === undefined ? '' : ' AND kind = ?'} ORDER BY rowid LIMIT 1000`,
        [place, last, since, until, ...(kind === undefined ? [] : [kind])],
      ) as { place: number; entry: string }[];
      for (const one of rows) yield JSON.parse(one.entry) as Entry;
      const end = rows.at(-1);
      if (!end) return;
      place = end.place;
    }
  } finally {
    database.close();
  }
}

function placeOf(database: Database, id: string, path: string): number {
  const found = database.get('SELECT rowid AS place FROM entries WHERE id = ?', [id]) as {
    place: number;
  } | null;
  if (!found)
    throw new UserError(
      `--after: ${path} has no entry with the id ${id}; pass the id of a line of an earlier export`,
    );
  return found.place;
}
