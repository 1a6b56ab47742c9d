import type { Space } from './interface.js';

/** Ends what was begun; resolves once others can begin. */
export type Release = () => Promise<void>;

/** Locks shared by the tabs of a browser. The browser frees those of a closed tab. */
export interface Locks {
  /** null where another one holds it. */
  tryHold(name: string): Promise<Release | null>;
  /** Waits for it. Rejects when the signal aborts. */
  hold(name: string, signal: AbortSignal): Promise<Release>;
}

/** Messages between the tabs of a browser; a tab does not hear its own. */
export interface Channel {
  post(message: unknown): void;
  listen(listener: (message: unknown) => void): () => void;
}

/** What the store needs of the browser; tests give their own. */
export interface Environment {
  readonly locks: Locks;
  readonly channel: Channel;
  space(): Promise<Space>;
  /** Asks the browser not to clear this page's storage when space is short; it may ask the user. */
  persist(): Promise<boolean>;
  now(): Date;
  newId(): string;
  /** After so many changes the index is written again: opening a project reads each one. */
  readonly snapshotEvery: number;
  /** How often a read-only tab looks whether the writing one was closed, in ms. */
  readonly lookEvery: number;
  /** How long a tab that is asked to hand over may be silent, in ms. */
  readonly patience: number;
}

const webLocks: Locks = {
  tryHold: (name) => request(name, { ifAvailable: true }),
  async hold(name, signal) {
    return (await request(name, { signal }))!;
  },
};

function request(name: string, options: LockOptions): Promise<Release | null> {
  return new Promise((resolve, reject) => {
    let free: () => void = () => undefined;
    const until = new Promise<void>((done) => (free = done));
    const held: Promise<unknown> = navigator.locks.request(name, options, (lock) => {
      if (!lock) {
        resolve(null);
        return undefined;
      }
      resolve(async () => {
        free();
        await held;
      });
      return until;
    });
    held.catch(reject);
  });
}

function webChannel(name: string): Channel {
  const channel = new BroadcastChannel(name);
  return {
    // a channel's messages stay within the origin
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    post: (message) => channel.postMessage(message),
    listen(listener) {
      const hear = ({ data }: MessageEvent<unknown>) => listener(data);
      channel.addEventListener('message', hear);
      return () => channel.removeEventListener('message', hear);
    },
  };
}

async function webSpace(): Promise<Space> {
  const { usage, quota } = await navigator.storage.estimate();
  return {
    used: usage ?? 0,
    free: quota === undefined ? Infinity : Math.max(0, quota - (usage ?? 0)),
    persistent: (await navigator.storage.persisted?.()) ?? false,
  };
}

/** The browser's own. */
export function webEnvironment(): Environment {
  return {
    locks: webLocks,
    channel: webChannel('pyramid-mamba projects'),
    space: webSpace,
    persist: async () => (await navigator.storage.persist?.()) ?? false,
    now: () => new Date(),
    newId: () => crypto.randomUUID(),
    snapshotEvery: 64,
    lookEvery: 2_000,
    patience: 10_000,
  };
}
