// A tab killed at every single step of random sequences of actions.
import { seededRandom } from '@pyramid-mamba/data';
import { expect, test } from 'vitest';
import { modelsOf, picturesOf, type OpenProject, type ProjectStore } from '../src/index.js';
import { Browser, newModel, picture, stateOf, verdict } from './kit.js';
import { Disk, Killed, type Way } from './memoryOpfs.js';

interface Place {
  readonly store: ProjectStore;
  /** The project worked on; another one after duplicating or importing. */
  open: OpenProject;
}
type Act = (place: Place) => Promise<void>;

/** A random action that is possible in the project as it is, the same one for the same numbers. */
function randomAct(random: () => number): { name: string; act: Act } {
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)];
  const [a, b] = [Math.floor(random() * 60), random()];
  const one = ({ open }: Place) => {
    const all = picturesOf(open.content);
    return all[Math.floor(b * all.length)];
  };
  const acts: Record<string, Act> = {
    add: async ({ open }) => {
      await open.addPictures([
        picture(a),
        picture(a + 1, { kind: 'judge', product: b < 0.5 ? null : 'cap' }),
      ]);
    },
    delete: async (place) => {
      const found = one(place);
      if (found) await place.open.deletePictures([found.id]);
    },
    move: async (place) => {
      const found = one(place);
      if (found) await place.open.movePictures([found.id], { kind: 'defective', product: 'cap' });
    },
    model: async ({ open }) => {
      await open.addModel(newModel(a % 4));
    },
    'delete models': async ({ open }) => {
      const others = modelsOf(open.content).filter(({ id }) => id !== open.content.model);
      if (others.length > 0) await open.deleteModels(others.map(({ id }) => id));
    },
    scale: async ({ open }) => {
      const [product] = open.content.products.keys();
      if (product !== undefined) await open.setScale(product, { mm: a + 1, of: 'width' });
    },
    judge: async (place) => {
      const [found, model] = [one(place), place.open.content.model];
      if (found && model !== null) await place.open.recordVerdicts([verdict(found.id, model, { score: b })]);
    },
    label: async ({ open }) => {
      const [id] = open.content.judged.keys();
      if (id !== undefined) await open.label(id, { is: 'good', regions: [] });
    },
    undo: ({ open }) => open.undo(),
    redo: ({ open }) => open.redo(),
    purge: ({ open }) => open.removeForGood(),
    rename: ({ open }) => open.rename(`name ${a}`),
    reopen: async (place) => {
      const { id } = place.open;
      await place.open.close();
      place.open = await place.store.open(id);
    },
    duplicate: async ({ store, open }) => {
      await store.duplicate(open.id, 'a copy');
    },
    switch: async (place) => {
      const others = (await place.store.list()).filter((card) => card.deleted === null);
      await place.open.close();
      place.open = await place.store.open(
        others.sort((x, y) => (x.id < y.id ? -1 : 1))[a % others.length]!.id,
      );
    },
    trash: async ({ store, open }) => {
      const other = (await store.list()).find(({ id, deleted }) => deleted === null && id !== open.id);
      if (other) await store.delete(other.id);
    },
    empty: ({ store }) => store.removeForGood(),
    exchange: async ({ store, open }) => {
      const file = await new Response(await open.export()).blob();
      await store.import(file, 'parts.pmproject');
    },
  };
  const name = pick([...Object.keys(acts), 'add', 'add', 'move', 'judge', 'label', 'undo'])!;
  return { name, act: acts[name]! };
}

async function begin(browser: Browser): Promise<Place> {
  const { store } = await browser.tab();
  return { store, open: await store.create('parts') };
}

const FULL = process.env['FUZZ'] === 'full';
const SEEDS = FULL ? 12 : 2;
const LENGTH = FULL ? 24 : 14;

const ways: Way[] = ['swap', 'in place'];
test.each(ways.flatMap((way) => [false, true].map((late) => ({ way, late }))))(
  'a tab killed at any step loses at most its last action ($way, step done: $late)',
  async ({ way, late }) => {
    let cases = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const acts = () => {
        const random = seededRandom(`kill ${seed}`);
        return Array.from({ length: LENGTH }, () => randomAct(random));
      };
      // what is there after each action, and the steps so far
      const reference = new Browser(new Disk(way));
      const place = await begin(reference);
      const states = [await stateOf(reference, place.store)];
      const first = reference.disk.steps;
      for (const { act } of acts()) {
        await act(place);
        states.push(await stateOf(reference, place.store));
      }
      const total = reference.disk.steps;
      for (let killAt = first + 1; killAt <= total; killAt += FULL ? 1 : 2 + (killAt % 5)) {
        const browser = new Browser(new Disk(way));
        const { disk } = browser;
        [disk.late] = [late];
        const place = await begin(browser);
        disk.killAt = killAt;
        let done = 0;
        const names: string[] = [];
        try {
          for (const { name, act } of acts()) {
            names.push(name);
            await act(place);
            // a step that may fail, such as writing the index anew, hides the kill
            if (disk.killed) break;
            done++;
          }
        } catch (error) {
          if (!disk.killed) throw error;
          if (!(error instanceof Error)) throw error;
        }
        const where = `seed ${seed}, killed at step ${killAt} of ${total}, in action ${done} (${names.at(-1)})`;
        expect(disk.killed, where).toBe(true);
        disk.revive();
        // the locks of a closed tab are free
        const after = new Browser(disk);
        const { store } = await after.tab();
        const state = await stateOf(after, store);
        expect([states[done], states[done + 1]], where).toContain(state);
        for (const card of await store.list()) {
          if (card.deleted !== null) continue;
          const open = await store.open(card.id);
          expect(open.faults, where).toEqual([]);
          for (const { id, bytes } of open.content.pictures.values())
            expect((await open.picture(id)).size, where).toBe(bytes);
          for (const { id, bytes } of open.content.models.values())
            expect((await open.model(id)).size, where).toBe(bytes);
          // and it goes on working
          await open.addPictures([picture(999)]);
          await open.close();
        }
        cases++;
      }
    }
    console.log(`${way}, step done: ${late}: ${cases} kills`);
    expect(cases).toBeGreaterThan(20);
    expect(new Killed()).toBeInstanceOf(Error);
  },
  FULL ? 3_600_000 : 120_000,
);
