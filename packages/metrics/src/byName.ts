// Records whose keys are names that people give (classes, files): `constructor` and `__proto__` are names like others.

/** An empty record that inherits nothing, so that no name is there before it is set and any name can be set. */
export const byName = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

/** Items by a name of each, in the order of the first item of each name, in one pass: for all names together, where a filter per name reads everything once per name. */
export function groupedBy<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = nameOf(item);
    const own = groups.get(name);
    if (own) own.push(item);
    else groups.set(name, [item]);
  }
  return groups;
}

/** The value under a name, or undefined where the record itself has none. */
export const ownValue = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
