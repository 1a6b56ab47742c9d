// A page that is nothing but the store of projects, so that tests drive real tabs without the page's views.
import { ProjectStore, webEnvironment, type OpenProject } from '@pyramid-mamba/projects';
import { filesOfWorker, PROJECTS_FOLDER, startStore } from '../../../src/state/project/store.js';

/** Bytes that differ by `seed`. */
function picture(seed: number, size: number) {
  const bytes = new Uint8Array(size).fill(seed & 255);
  new DataView(bytes.buffer).setUint32(0, seed);
  return {
    file: new Blob([bytes]),
    name: `${seed}.png`,
    kind: 'good' as const,
    product: 'part',
    width: 1,
    height: 1,
  };
}

let store: ProjectStore;
let open: OpenProject;

const seen = () => ({
  name: open.content.name,
  pictures: [...open.content.pictures.values()].map(({ name }) => name),
  readOnly: open.readOnly?.why ?? null,
  faults: open.faults.map(({ sentence }) => sentence),
});

const harness = {
  /** @param how `worker`: files are written by a worker; `blind`: the browser does not say what is free */
  async start(how: 'page' | 'worker' | 'blind' = 'page'): Promise<void> {
    if (how === 'page') store = await startStore();
    else {
      const environment = webEnvironment();
      const space = async () => ({ used: 0, free: Infinity, persistent: false });
      store = await ProjectStore.open(
        await filesOfWorker(PROJECTS_FOLDER),
        how === 'blind' ? { ...environment, space } : environment,
      );
    }
  },
  list: async () =>
    (await store.list()).map(({ id, name, good, damaged, deleted }) => ({
      id,
      name,
      good,
      damaged,
      deleted,
    })),
  async create(name: string) {
    open = await store.create(name);
    return open.id;
  },
  async open(id: string) {
    open = await store.open(id);
    return seen();
  },
  seen,
  close: () => open.close(),
  rename: (name: string) => open.rename(name),
  async add(from: number, count: number, size: number) {
    await open.addPictures(Array.from({ length: count }, (_, i) => picture(from + i, size)));
    return seen();
  },
  async remove(count: number) {
    await open.deletePictures([...open.content.pictures.keys()].slice(0, count));
    await open.removeForGood();
  },
  takeOver: (confirmed = false) => open.takeOver({ confirmed }),
  /** A training that saves before it is stopped. */
  train(): void {
    const end = open.hold('a training runs', async () => {
      await open.setTraining({
        started: new Date().toISOString(),
        saved: new Date().toISOString(),
        progress: 'step 7 of 9',
        seconds: null,
      });
      end();
    });
  },
  training: () => open.content.training?.progress ?? null,
  /** Adds a picture and renames, again and again; says after each what is stored. */
  async work(from: number, say: (done: number) => void): Promise<void> {
    for (let i = from; ; i++) {
      await open.addPictures([picture(i, 20_000)]);
      await open.rename(`after ${i}`);
      say(i);
    }
  },
  /** Sizes of all pictures as they are read back; -1 for one that is missing. */
  readAll: () =>
    Promise.all(
      [...open.content.pictures.keys()].map((id) =>
        open.picture(id).then(
          async (blob) => (await blob.arrayBuffer()).byteLength,
          () => -1,
        ),
      ),
    ),
  /** Opens a project and closes it: how long that takes, and how many bytes are read. */
  async timed(id: string) {
    let bytes = 0;
    const { arrayBuffer } = Blob.prototype;
    Blob.prototype.arrayBuffer = function (this: Blob) {
      bytes += this.size;
      return arrayBuffer.call(this);
    };
    const started = performance.now();
    open = await store.open(id);
    const milliseconds = performance.now() - started;
    Blob.prototype.arrayBuffer = arrayBuffer;
    return { milliseconds, bytes, pictures: open.content.pictures.size };
  },
  /**
   * Exports into a private file, as the page does where it may not write elsewhere: its size, and how many bytes of pictures at most were read
   * and not taken yet. `slow`: each piece is taken a moment after the one before.
   */
  async exportTo(name: string, slow = false) {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle(name, { create: true });
    const read = { bytes: 0 };
    let [taken, most] = [0, 0];
    const stream = await open.export({ onProgress: (done) => (read.bytes = done * 60_000) });
    const counted = new TransformStream<Uint8Array, Uint8Array>({
      async transform(piece, controller) {
        taken += piece.length;
        most = Math.max(most, read.bytes - taken);
        if (slow && Math.floor(taken / 1e6) !== Math.floor((taken - piece.length) / 1e6))
          await new Promise((done) => setTimeout(done, 5));
        controller.enqueue(piece);
      },
    });
    await stream.pipeThrough(counted).pipeTo(await handle.createWritable());
    return { size: (await handle.getFile()).size, most };
  },
  async importFrom(name: string, say: (done: number) => void = () => undefined): Promise<string> {
    const root = await navigator.storage.getDirectory();
    const file = await (await root.getFileHandle(name)).getFile();
    return store.import(file, 'parts.pmproject', { onProgress: say });
  },
};
export type Harness = typeof harness;
Object.assign(globalThis, { harness });
