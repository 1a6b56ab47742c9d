import { Folder } from '@pyramid-mamba/runs';
import { snapshotText } from '../src/content/snapshot.js';
import { load } from '../src/store/load.js';
import {
  ProjectStore,
  type Environment,
  type Judged,
  type NewModel,
  type NewPicture,
  type Release,
} from '../src/index.js';
import { Disk } from './memoryOpfs.js';

/** A browser: its disk, and the locks and messages between its tabs. */
export class Browser {
  readonly #holders = new Map<string, { by: object; release: () => void }>();
  readonly #waiting: { name: string; by: object; grant: () => void }[] = [];
  readonly #listeners = new Map<(message: unknown) => void, object>();
  #ids = 0;
  #time = 0;

  constructor(readonly disk = new Disk()) {}

  get files(): Folder {
    return Folder.on(this.disk.root as unknown as FileSystemDirectoryHandle, 'projects');
  }

  /** A new tab, and what ends it without a word. */
  async tab(options: Partial<Environment> = {}): Promise<{ store: ProjectStore; kill: () => void }> {
    const by = {};
    const held = (name: string): Release => {
      const holder = { by, release: () => undefined };
      this.#holders.set(name, holder);
      return async () => {
        if (this.#holders.get(name) === holder) this.free(name);
      };
    };
    const store = await ProjectStore.open(this.files, {
      locks: {
        tryHold: async (name) => (this.#holders.has(name) ? null : held(name)),
        hold: (name, signal) =>
          new Promise((resolve, reject) => {
            if (!this.#holders.has(name)) return resolve(held(name));
            const one = { name, by, grant: () => resolve(held(name)) };
            this.#waiting.push(one);
            signal.addEventListener('abort', () => {
              const at = this.#waiting.indexOf(one);
              if (at >= 0) this.#waiting.splice(at, 1);
              reject(new DOMException('aborted', 'AbortError'));
            });
          }),
      },
      channel: {
        post: (message) => {
          const copy = structuredClone(message);
          for (const [listener, of] of this.#listeners)
            if (of !== by) queueMicrotask(() => this.#listeners.has(listener) && listener(copy));
        },
        listen: (listener) => {
          this.#listeners.set(listener, by);
          return () => void this.#listeners.delete(listener);
        },
      },
      space: async () => ({
        used: this.disk.used,
        free: this.disk.quota - this.disk.used,
        persistent: false,
      }),
      persist: async () => false,
      now: () => new Date(Date.UTC(2026, 0, 1) + 1000 * this.#time++),
      newId: () => `id-${String(this.#ids++).padStart(4, '0')}`,
      snapshotEvery: 4,
      lookEvery: 5,
      patience: 50,
      ...options,
    });
    return {
      store,
      kill: () => {
        for (const [listener, of] of this.#listeners) if (of === by) this.#listeners.delete(listener);
        for (const [name, holder] of this.#holders) if (holder.by === by) this.free(name);
      },
    };
  }

  private free(name: string): void {
    this.#holders.delete(name);
    const at = this.#waiting.findIndex((one) => one.name === name);
    if (at >= 0) this.#waiting.splice(at, 1)[0]!.grant();
  }
}

/** A picture of `size` bytes that differ by `seed`. */
export function picture(seed: number, over: Partial<NewPicture> = {}, size = 40): NewPicture {
  const bytes = new Uint8Array(size).map((_, i) => (seed * 31 + i * 7 + (seed >> 8)) & 255);
  new DataView(bytes.buffer).setUint32(0, seed);
  return {
    file: new Blob([bytes]),
    name: `picture ${seed}.png`,
    kind: 'good',
    product: 'bottle',
    width: 4,
    height: 3,
    ...over,
  };
}

export function newModel(seed: number, over: Partial<NewModel> = {}): NewModel {
  return {
    file: picture(1_000_000 + seed, {}, 64).file,
    name: `model ${seed}.safetensors`,
    from: 'trained',
    method: 'memory bank',
    products: ['bottle'],
    learnt: [],
    heldBack: [],
    selfTest: [],
    ...over,
  };
}

export function verdict(id: string, model: string, over: Partial<Judged> = {}): Omit<Judged, 'label'> {
  return {
    id,
    name: `${id.slice(0, 4)}.png`,
    product: 'bottle',
    score: 0.5,
    verdict: 'OK',
    review: 0.6,
    reject: 0.7,
    remark: '',
    regions: [],
    model,
    at: '2026-01-01T00:00:00.000Z',
    milliseconds: 12,
    ...over,
  };
}

/** All that a browser's storage holds, as text: of deleted projects only that they are. */
export async function stateOf(browser: Browser, store: ProjectStore): Promise<string> {
  const cards = (await store.list()).sort((a, b) => (a.id < b.id ? -1 : 1));
  const lines = cards.map(async (card) => {
    if (card.deleted !== null) return `${card.id} deleted`;
    if (card.damaged !== null) return `${card.id} ${card.damaged}`;
    const { project, faults } = await load(browser.files, card.id);
    return `${card.id} ${card.name} ${card.good} ${snapshotText(project, 0)} ${faults.map(({ sentence }) => sentence).join()}`;
  });
  return (await Promise.all(lines)).join('\n');
}
