import { batch, effect, signal } from '@preact/signals';
import type { RunFiles } from '@pyramid-mamba/runs';
import { entryFiles, handleFiles, listedFiles } from '@pyramid-mamba/runs';
import { modelBytes } from '../run/modelFile.js';
import { openRun } from '../run/openRun.js';
import type { OpenRun } from '../run/types.js';
import { sameOriginFolder, servedFiles } from '@pyramid-mamba/runs';
import { entriesOf, looseFiles, readEntries, type ReadFolder } from '../folders/readFolder.js';
import { notify, notifyError } from './notices.js';
import { comparison, model, otherRun, run, show, thresholds, type OpenModel } from './opened.js';
import { COMPARISON, go, goToProject, replaceRoute, route } from './address/route.js';
import { enter, project } from './project/open.js';
import { kindHere, sorted, takeIn, takeNamed } from './project/intake.js';
import { judgeAndKeep, judgeProject } from './project/verdicts.js';
import { newProject, openOwn } from './project/work.js';
import { workplace } from './workplace.js';

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

/** The opened run and the opened model file, to which an address can return; a folder is not read again after a reload. */
let lastRun: OpenRun | undefined;
let lastModel: OpenModel | undefined;
/** Read only once. */
let exampleRun: OpenRun | undefined;

function showRun(opened: OpenRun, as: Place): void {
  if (as === 'run') lastRun = opened;
  show(opened, as);
}

const openFiles = (files: RunFiles, as: Place) =>
  attempt(files.name, async () => {
    showRun(await openRun(files), as);
    if (as === 'run') goToProject('run', 'judge', 'results');
  });

let example: Promise<boolean> | undefined;

/** The run included with the page; concurrent calls share one opening. */
export function openExample(): Promise<boolean> {
  return (example ??= attempt('The example', async () => {
    exampleRun ??= await openRun(servedFiles(new URL('example/', page()), 'the example'), true);
    show(exampleRun, 'run');
  }).finally(() => (example = undefined)));
}

function showModel(opened: OpenModel): void {
  lastModel = opened;
  batch(() => {
    enter(null);
    [run.value, otherRun.value, thresholds.value] = [null, null, {}];
    model.value = opened;
    workplace.value = { id: 'model', name: opened.name, kind: 'model' };
  });
}

/** Opens a project by its name in the address; resolves to whether there is one. */
async function openProject(id: string): Promise<boolean> {
  if (id === 'example') return openExample();
  if (id === 'run' && lastRun) show(lastRun, 'run');
  else if (id === 'model' && lastModel) showModel(lastModel);
  else return openOwn(id);
  return true;
}

/** The project of the address that could not be opened; null while all is well. */
export const missing = signal<string | null>(null);

/** Opens the project that the address names, whenever it names another one. */
export function followProject(): void {
  effect(() => {
    const now = route.value;
    const wanted = now.at === 'place' || now.at === 'project' ? now.project : null;
    if (wanted === null || wanted === workplace.peek()?.id) missing.value = null;
    else if (!fromUrl) void follow(wanted);
  });
  // an address without a step: the place where one begins
  effect(() => {
    const [now, opened] = [route.value, workplace.value];
    if (now.at !== 'project' || opened?.id !== now.project) return;
    const [step, part] = FIRST[opened.kind];
    replaceRoute({ project: now.project, step, part, picture: null, query: '' });
  });
}

/** Where one begins in a project. */
const FIRST = {
  example: ['judge', 'results'],
  run: ['judge', 'results'],
  model: ['judge', 'now'],
  own: ['pictures', 'all'],
} as const;

async function follow(id: string): Promise<void> {
  missing.value = null;
  const well = await openProject(id);
  const now = route.value;
  if (!well && (now.at === 'place' || now.at === 'project') && now.project === id) missing.value = id;
}

/** Tries again to open the project of the address. */
export const openMissing = (): void => {
  if (missing.value !== null) void follow(missing.value);
};

/** Whether the run of the page's URL is still to be opened. */
let fromUrl = new URLSearchParams(location.search).has('run');

/** The run in the page's URL (`?run=FOLDER&with=FOLDER`, served beside the page). */
export async function openAtStart(): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const served = (key: string, as: Place) => {
    const text = asked.get(key);
    if (text === null) return Promise.resolve(false);
    return attempt(`The run at ${text}`, async () => {
      const folder = sameOriginFolder(text, page());
      const name = decodeURIComponent(folder.pathname.split('/').at(-2) || folder.host);
      const files = servedFiles(folder, asked.get(as === 'run' ? 'name' : 'withName') ?? name);
      showRun(await openRun(files), as);
    });
  };
  if (!fromUrl) return;
  const well = await served('run', 'run');
  fromUrl = false;
  if (!well) return;
  if (route.value.at === 'home')
    replaceRoute({ project: 'run', step: 'judge', part: 'results', picture: null, query: '' });
  await served('with', 'other');
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

/** Asks for a comparison of methods. */
export async function pickComparison(): Promise<void> {
  const [file] = await chosen((input) => (input.accept = '.json'));
  if (file) await openComparison(file);
}

/** Shows a comparison of methods. */
export function openComparison(file: File): Promise<boolean> {
  return attempt(file.name, async () => {
    const { comparisonOf } = await import('../run/comparison.js');
    comparison.value = { name: file.name, found: await comparisonOf(file, file.name) };
    location.hash = COMPARISON;
  });
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
    showModel({ name: file.name, bytes, info: openableModel(bytes, file.name).info, of: null });
    goToProject('model', 'judge', 'now');
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
const isComparison = (file: File | undefined) => file !== undefined && /\.json$/i.test(file.name);
const isPicture = ({ type, name }: File) =>
  type.startsWith('image/') || /\.(png|jpe?g|jfif|webp|bmp|gif|tiff?)$/i.test(name);

/** Whether what was dropped is a folder, a model file or a comparison rather than pictures. */
export const isForPage = (data: DataTransfer): boolean =>
  entriesOf(data).some(({ isDirectory }) => isDirectory) ||
  isModelFile(data.files[0]) ||
  isComparison(data.files[0]);

/** Opens what was dropped: a run’s folder, a model file, a comparison, or pictures. Reads the entries synchronously, because a drop's data expire. */
export async function openDropped(data: DataTransfer, as: Place): Promise<void> {
  const entries = entriesOf(data);
  const files = [...data.files];
  const [entry] = entries;
  const [file] = files;
  if (entry?.isDirectory && entries.length === 1) await openFolder(entry as FileSystemDirectoryEntry, as);
  else if (file && isModelFile(file)) await openModelFile(file);
  else if (file && isComparison(file)) await openComparison(file);
  else if (entries.some(({ isDirectory }) => isDirectory)) await takePictures(await readEntries(entries));
  else if (files.some(isPicture)) await takePictures(looseFiles(files));
  else {
    await attempt(file?.name ?? 'What was dropped', () =>
      Promise.reject(
        new Error(
          'expected pictures, a folder of pictures, a run’s folder, a model file (.safetensors) or a comparison (compare.json)',
        ),
      ),
    );
  }
}

/** A folder is a run if it has what a run has, and a folder of pictures if it has pictures. */
async function openFolder(entry: FileSystemDirectoryEntry, as: Place): Promise<void> {
  const files = entryFiles(entry);
  const isRun = async (path: string) => (await files.find(path)) !== null;
  if (as === 'other' || (await isRun('viewer/viewer.json')) || (await isRun('config.json')))
    return void (await openFiles(files, as));
  let read: ReadFolder | undefined;
  const well = await attempt(entry.name, async () => {
    read = await readEntries([entry]);
  });
  if (!well) return;
  if (read && sorted(read).pictures.length > 0) await takePictures(read);
  else await openFiles(files, as);
}

/** Takes pictures into the open project, into a new one on the first screen, or judges them by a project that cannot be changed. */
export async function takePictures(read: ReadFolder): Promise<void> {
  const { kind = null } = workplace.value ?? {};
  if (route.value.at === 'home' || kind === null) return beginWith(read);
  if (project.value && read.loose && kindHere() === 'judge' && model.value)
    return judgeDropped(read.files.map(({ file }) => file));
  if (!project.value) {
    if (read.loose || kindHere() === 'judge') return judgeDropped(read.files.map(({ file }) => file));
    return beginWith(read);
  }
  if (kindHere() === 'judge' && model.value) return judgeFolder(read);
  await takeIn(Promise.resolve(read), read.loose ? kindHere() : null);
}

/** Judges the pictures of a folder; those that it names good or defective become the project's as such. */
async function judgeFolder(read: ReadFolder): Promise<void> {
  const files = await takeNamed(read);
  await Promise.all([judgeProject('without a verdict'), files.length > 0 && judgeAndKeep(files)]);
}

/** A new project of these pictures: loose ones are good, as the first screen asks. */
async function beginWith(read: ReadFolder): Promise<void> {
  const id = await newProject(read.loose ? 'My product' : read.name);
  if (id === null) return;
  goToProject(id, 'pictures');
  await takeIn(Promise.resolve(read), read.loose ? 'good' : null);
}

/** Whether the camera is to be started as soon as the pictures of the project are shown. */
export const cameraWanted = signal(false);

/** A new project without pictures, for the camera, which is started. */
export async function beginWithCamera(): Promise<void> {
  const id = await newProject('My product');
  if (id === null) return;
  cameraWanted.value = true;
  goToProject(id, 'pictures');
}

/** Judges pictures; without a model, the page says what is missing. */
async function judgeDropped(files: File[]): Promise<void> {
  go('judge', 'now');
  await modelOfRun();
  if (model.value) await judgeAndKeep(files);
  else
    notify(
      'note',
      'There is no model to judge these pictures by: train one, or open one, then drop them again.',
    );
}
