import { signal } from '@preact/signals';
import type { RunFiles } from '@pyramid-mamba/runs';
import { entryFiles, handleFiles, listedFiles } from '@pyramid-mamba/runs';
import { modelBytes } from '../run/modelFile.js';
import { openRun } from '../run/openRun.js';
import { sameOriginFolder, servedFiles } from '@pyramid-mamba/runs';
import { judgeFiles } from './live/live.js';
import { notify, notifyError } from './notices.js';
import { model, run, show, type OpenModel } from './opened.js';
import { go } from './route.js';

/** What is being opened, for display; null if nothing is. */
export const opening = signal<string | null>(null);

export type Place = 'run' | 'other';

/** Runs work with its name shown; an error becomes a notice. Resolves to whether it succeeded. */
async function attempt(what: string, work: () => Promise<void>): Promise<boolean> {
  opening.value = what;
  try {
    await work();
    return true;
  } catch (error) {
    // a closed file dialog is not an error
    if (error instanceof DOMException && error.name === 'AbortError') return false;
    notifyError(`${what} was not opened`, error);
    return false;
  } finally {
    opening.value = null;
  }
}

const page = () => new URL('.', location.href);

const openFiles = (files: RunFiles, as: Place) =>
  attempt(files.name, async () => {
    show(await openRun(files), as);
    if (as === 'run') go('gallery');
  });

let example: Promise<boolean> | undefined;

/** The run included with the page; concurrent calls share one opening. */
export function openExample(): Promise<boolean> {
  return (example ??= attempt('The example', async () =>
    show(await openRun(servedFiles(new URL('example/', page()), 'the example'), true), 'run'),
  ).finally(() => (example = undefined)));
}

/** The run in the page's URL (`?run=FOLDER&with=FOLDER`, served beside the page), else the example. */
export async function openAtStart(): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const served = (key: string, as: Place) => {
    const text = asked.get(key);
    if (text === null) return Promise.resolve(false);
    return attempt(`The run at ${text}`, async () => {
      const folder = sameOriginFolder(text, page());
      const name = decodeURIComponent(folder.pathname.split('/').at(-2) || folder.host);
      show(await openRun(servedFiles(folder, asked.get(as === 'run' ? 'name' : 'withName') ?? name)), as);
    });
  };
  if (await served('run', 'run')) await served('with', 'other');
  else await openExample();
}

/** Asks for a run's folder. */
export async function pickRun(as: Place): Promise<void> {
  if ('showDirectoryPicker' in window) {
    let folder: FileSystemDirectoryHandle | undefined;
    await attempt('The folder', async () => {
      folder = await window.showDirectoryPicker!({ id: 'run' });
    });
    if (folder) await openFiles(handleFiles(folder), as);
    return;
  }
  const files = await chosen((input) => (input.webkitdirectory = true));
  if (files.length > 0) await openFiles(listedFiles(files), as);
}

/** Asks for a model file. */
export async function pickModel(): Promise<void> {
  const [file] = await chosen((input) => (input.accept = '.safetensors'));
  if (file) await openModelFile(file);
}

/** Files that the user selects; none if the dialog is closed. */
function chosen(setUp: (input: HTMLInputElement) => void): Promise<File[]> {
  const input = document.createElement('input');
  input.type = 'file';
  setUp(input);
  return new Promise((done) => {
    input.addEventListener('change', () => done([...(input.files ?? [])]));
    input.addEventListener('cancel', () => done([]));
    input.click();
  });
}

/** Opens a model file to judge pictures with. */
export function openModelFile(file: File): Promise<boolean> {
  return attempt(file.name, async () => {
    const bytes = await modelBytes(file, file.name);
    const { openableModel } = await import('../run/openable.js');
    model.value = { name: file.name, bytes, info: openableModel(bytes, file.name).info, of: null };
  });
}

/** The open run's own model, independent of the open model; null, with a notice, if it cannot be read. */
export async function readModelOfRun(): Promise<OpenModel | null> {
  const from = run.value;
  if (!from) return null;
  if (model.value?.of === from) return model.value;
  let found: OpenModel | null = null;
  await attempt(`The model of ${from.name}`, async () => {
    const bytes = await from.model();
    const name = `${from.example ? 'example' : from.name}.safetensors`;
    const { openableModel } = await import('../run/openable.js');
    found = { name, bytes, info: openableModel(bytes, name).info, of: from };
  });
  return found;
}

/** Opens the open run's model if no model is open. */
export async function modelOfRun(): Promise<void> {
  if (model.value) return;
  const found = await readModelOfRun();
  // another run, or a model, may have been opened meanwhile
  if (found && run.value === found.of && !model.value) model.value = found;
}

const isModelFile = (file: File | undefined) => file !== undefined && /\.safetensors$/i.test(file.name);
const isPicture = ({ type, name }: File) =>
  type.startsWith('image/') || /\.(png|jpe?g|jfif|webp|bmp|gif|tiff?)$/i.test(name);
const firstEntry = (items: DataTransferItemList) =>
  [...items].map((item) => item.webkitGetAsEntry?.()).find((one) => one != null);

/** Whether what was dropped is a folder or a model file rather than pictures. */
export const isForPage = ({ items, files }: DataTransfer): boolean =>
  firstEntry(items)?.isDirectory === true || isModelFile(files[0]);

/** Opens what was dropped: a run's folder or a model file. Reads the entries synchronously, because a drop's data expire. */
export async function openDropped({ items, files }: DataTransfer, as: Place): Promise<void> {
  const entry = firstEntry(items);
  const [file] = files;
  if (entry?.isDirectory) {
    await openFiles(entryFiles(entry as FileSystemDirectoryEntry), as);
  } else if (file && isModelFile(file)) {
    await openModelFile(file);
  } else if (file && isPicture(file)) {
    judgeDropped([...files]);
  } else {
    await attempt(file?.name ?? 'What was dropped', () =>
      Promise.reject(new Error('expected a run’s folder, a model file (.safetensors) or pictures')),
    );
  }
}

/** Pictures dropped anywhere on the page are judged in Live; without a model, the page asks for one. */
function judgeDropped(files: File[]): void {
  go('live');
  if (model.value) void judgeFiles(files);
  else notify('note', 'No model is open yet: open one here, then drop the pictures again.');
}
