// A private storage of the browser in memory, whose tab can be killed at any step and whose space can run out.

/** What every step after the kill rejects with: nothing of the page runs any more. */
export class Killed extends Error {}

const fault = (name: string): DOMException => new DOMException(name, name);

export type Way = 'swap' | 'in place';

/** The disk of one browser profile: it survives its tabs. */
export class Disk {
  readonly root: MemoryFolder;
  steps = 0;
  /** The step at which the tab is killed. */
  killAt = Infinity;
  /** Whether that step itself is still done. */
  late = false;
  quota = Infinity;
  #killed = false;

  constructor(readonly way: Way = 'swap') {
    this.root = new MemoryFolder(this, 'root');
    // Folder asks the browser which way of writing it has
    const handle = way === 'swap' ? SwappedFile : MemoryFile;
    (globalThis as unknown as Record<string, unknown>)['FileSystemFileHandle'] = handle;
  }

  get killed(): boolean {
    return this.#killed;
  }

  /** The browser is started again. */
  revive(): void {
    [this.#killed, this.killAt] = [false, Infinity];
  }

  alive(): void {
    if (this.#killed) throw new Killed('the tab was killed');
  }

  /** A step that changes the disk; `half` is what is done where the tab is killed during it. */
  step(work: () => void, half: () => void = () => undefined): void {
    this.alive();
    this.steps++;
    if (this.steps < this.killAt) return work();
    this.#killed = true;
    if (this.late) work();
    else half();
    throw new Killed('the tab was killed');
  }

  get used(): number {
    return this.root.size;
  }

  /** Throws where so many more bytes do not fit. */
  require(bytes: number): void {
    if (this.used + bytes > this.quota) throw fault('QuotaExceededError');
  }
}

abstract class Handle {
  abstract readonly kind: 'file' | 'directory';
  abstract get size(): number;
  constructor(
    readonly disk: Disk,
    public name: string,
  ) {}
}

export class MemoryFile extends Handle {
  readonly kind = 'file';
  content = new Uint8Array(0);
  parent: MemoryFolder | undefined;

  get size(): number {
    return this.content.length;
  }

  async getFile(): Promise<Blob> {
    this.disk.alive();
    return new Blob([this.content.slice()]);
  }

  async createSyncAccessHandle() {
    this.disk.alive();
    const { disk } = this;
    const grown = (bytes: Uint8Array, at: number) => {
      const content = new Uint8Array(Math.max(this.content.length, at + bytes.length));
      content.set(this.content);
      content.set(bytes, at);
      this.content = content;
    };
    return {
      truncate: (size: number) =>
        disk.step(() => {
          this.content = this.content.slice(0, size);
        }),
      write: (bytes: Uint8Array, { at }: { at: number }): number => {
        disk.require(at + bytes.length - this.content.length);
        disk.step(
          () => grown(bytes, at),
          () => grown(bytes.subarray(0, bytes.length >> 1), at),
        );
        return bytes.length;
      },
      flush: () => disk.alive(),
      close: () => undefined,
    };
  }

  async move(folder: MemoryFolder, name: string): Promise<void> {
    this.disk.step(() => {
      this.parent?.children.delete(this.name);
      this.name = name;
      folder.adopt(this);
    });
  }
}

export class SwappedFile extends MemoryFile {
  async createWritable() {
    const { disk } = this;
    disk.alive();
    let written = new Uint8Array(0);
    return {
      write: async (content: Uint8Array<ArrayBuffer> | Blob): Promise<void> => {
        disk.alive();
        const bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
        // the swap file takes space beside the old one
        disk.require(bytes.length);
        written = bytes.slice();
      },
      close: async (): Promise<void> =>
        disk.step(() => {
          this.content = written;
        }),
      abort: async (): Promise<void> => disk.alive(),
    };
  }
}

export class MemoryFolder extends Handle {
  readonly kind = 'directory';
  readonly children = new Map<string, MemoryFile | MemoryFolder>();

  get size(): number {
    return [...this.children.values()].reduce((sum, child) => sum + child.size, 0);
  }

  adopt(child: MemoryFile | MemoryFolder): void {
    this.children.set(child.name, child);
    if (child instanceof MemoryFile) child.parent = this;
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<MemoryFolder> {
    this.disk.alive();
    const found = this.children.get(name);
    if (found instanceof MemoryFolder) return found;
    if (found) throw fault('TypeMismatchError');
    if (!create) throw fault('NotFoundError');
    const made = new MemoryFolder(this.disk, name);
    this.disk.step(() => this.adopt(made));
    return made;
  }

  async getFileHandle(name: string, { create = false } = {}): Promise<MemoryFile> {
    this.disk.alive();
    const found = this.children.get(name);
    if (found instanceof MemoryFile) return found;
    if (found) throw fault('TypeMismatchError');
    if (!create) throw fault('NotFoundError');
    const made =
      this.disk.way === 'swap' ? new SwappedFile(this.disk, name) : new MemoryFile(this.disk, name);
    this.disk.step(() => this.adopt(made));
    return made;
  }

  async removeEntry(name: string, { recursive = false } = {}): Promise<void> {
    this.disk.alive();
    const found = this.children.get(name);
    if (!found) throw fault('NotFoundError');
    if (found instanceof MemoryFolder && found.children.size > 0) {
      if (!recursive) throw fault('InvalidModificationError');
      for (const child of found.children.keys()) await found.removeEntry(child, { recursive });
    }
    this.disk.step(() => this.children.delete(name));
  }

  async *keys(): AsyncGenerator<string> {
    this.disk.alive();
    yield* this.children.keys();
  }
}
