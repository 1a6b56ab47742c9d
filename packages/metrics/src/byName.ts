// Records whose keys are names that people give (classes, files): `constructor` and `__proto__` are names like others.

/** An empty record that inherits nothing, so that no name is there before it is set and any name can be set. */
export const byName = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

/** The value under a name, or undefined where the record itself has none. */
export const ownValue = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
