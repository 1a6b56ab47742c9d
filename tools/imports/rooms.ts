import type { IModule } from 'dependency-cruiser';

/** A folder of a package or app whose files belong together. */
export interface Room {
  /** `packages/model` or `apps/viewer`. */
  owner: string;
  /** Path below the owner's `src`; empty for files of `src` itself. */
  name: string;
}

/** Folders that hold one room per subfolder. */
const HALLS = new Set(['packages/ssm-kernels backends', 'packages/model methods', 'packages/model encoders']);

/** The room of a source file of a package or app; undefined for any other file. */
export function roomOf(file: string): Room | undefined {
  const parts = /^((?:packages|apps)\/[^/]+)\/src\/(?:(.+)\/)?[^/]+$/.exec(file);
  if (parts === null) return undefined;
  const owner = parts[1]!;
  const [first, second] = (parts[2] ?? '').split('/');
  const inHall = second !== undefined && HALLS.has(`${owner} ${first}`);
  return { owner, name: inHall ? `${first}/${second}` : first! };
}

const keyOf = ({ owner, name }: Room): string => `${owner} ${name}`;

/** The rooms of the repository and who imports whom. */
export interface RoomGraph {
  /** Names of rooms by owner, sorted. */
  rooms: ReadonlyMap<string, readonly string[]>;
  /** Pairs of rooms of one owner, from a room to another that it imports. */
  within: readonly (readonly [Room, Room])[];
  /** Pairs of owners. */
  between: readonly (readonly [string, string])[];
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Folds the imports of files into those of rooms. Files directly in `src` are entries, which import everything: left out within. */
export function roomGraph(modules: readonly Pick<IModule, 'source' | 'dependencies'>[]): RoomGraph {
  const rooms = new Map<string, Set<string>>();
  const within = new Map<string, readonly [Room, Room]>();
  const between = new Map<string, readonly [string, string]>();
  for (const { source, dependencies } of modules) {
    const from = roomOf(source);
    if (from === undefined) continue;
    rooms.set(from.owner, (rooms.get(from.owner) ?? new Set()).add(from.name));
    for (const { resolved } of dependencies) {
      const to = roomOf(resolved);
      if (to === undefined || keyOf(to) === keyOf(from)) continue;
      if (to.owner !== from.owner) between.set(`${from.owner} ${to.owner}`, [from.owner, to.owner]);
      else if (from.name !== '' && to.name !== '') within.set(`${keyOf(from)} > ${keyOf(to)}`, [from, to]);
    }
  }
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].toSorted(([a], [b]) => byText(a, b));
  return {
    rooms: new Map(sorted(rooms).map(([owner, names]) => [owner, [...names].toSorted(byText)])),
    within: sorted(within).map(([, pair]) => pair),
    between: sorted(between).map(([, pair]) => pair),
  };
}
