/** The version of snapshots, journal entries and `.pmproject` files that this program writes. */
export const VERSION: number = 1;

type Raw = Record<string, unknown>;
interface Migration {
  readonly snapshot: (raw: Raw) => Raw;
  readonly entry: (raw: Raw) => Raw;
}

/** At index i, what makes version i + 2 of version i + 1. A change of a schema that old files do not pass needs one. */
export const MIGRATIONS: readonly Migration[] = [];

/** A file's content in the present version. */
export function migrated(what: keyof Migration, raw: Raw, migrations = MIGRATIONS): Raw {
  return migrations.slice(Number(raw['version']) - 1).reduce((old, migration) => migration[what](old), raw);
}
