/** A record of values by name. */
export function named<Name extends string, Value>(
  names: readonly Name[],
  valueOf: (name: Name, index: number) => Value,
): Record<Name, Value> {
  const record = {} as Record<Name, Value>;
  names.forEach((name, i) => {
    record[name] = valueOf(name, i);
  });
  return record;
}
