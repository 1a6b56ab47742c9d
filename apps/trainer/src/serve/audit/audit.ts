import { rmSync } from 'node:fs';
import sqlite from 'node-sqlite3-wasm';
import type { Entry } from '../journal/entries.js';
import type { Output } from '../journal/follower.js';

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
}

/** The entries of an audit trail in the order of time, read a part at a time. The station may run. */
export function* auditEntries(
  path: string,
  { since = '', until = '9', kind }: AuditFilter,
): Generator<Entry> {
  const database = new sqlite.Database(path, { readOnly: true, fileMustExist: true });
  try {
    let [time, id] = [since, ''];
    for (;;) {
      const rows = database.all(
        `SELECT time, id, entry FROM entries WHERE (time, id) > (?, ?) AND time < ?${kind === undefined ? '' : ' AND kind = ?'} ORDER BY time, id LIMIT 1000`,
        [time, id, until, ...(kind === undefined ? [] : [kind])],
      ) as { time: string; id: string; entry: string }[];
      for (const one of rows) yield JSON.parse(one.entry) as Entry;
      const last = rows.at(-1);
      if (!last) return;
      [time, id] = [last.time, last.id];
    }
  } finally {
    database.close();
  }
}
