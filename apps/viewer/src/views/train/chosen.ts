import { signal } from '@preact/signals';
import type { OfferedMethod } from '../../engine/training/methods.js';
import type { Choices } from '../../engine/training/plan.js';
import { attempting } from '../../state/engine.js';
import { goodFolder, type GoodFolder } from './goodFolder.js';
import type { ReadFolder } from './readFolder.js';

/** The folder to train on. */
export const folder = signal<(GoodFolder<File> & { name: string }) | null>(null);
export const reading = signal(false);
/** Encoder weights selected by the user; null: those of the page. */
export const encoder = signal<File | null>(null);
export const choices = signal<Choices>({
  method: null,
  inputSize: 128,
  effort: 'quick',
  epochs: null,
  seed: 1,
});
/** What the page can train; empty until it is loaded. */
export const methods = signal<readonly OfferedMethod[]>([]);

/** Sets the folder, once read. */
export async function take(read: Promise<ReadFolder | undefined>): Promise<void> {
  reading.value = true;
  await attempting('The folder was not read', async () => {
    const found = await read;
    if (found) folder.value = { name: found.name, ...goodFolder(found.name, found.files) };
  });
  reading.value = false;
}
