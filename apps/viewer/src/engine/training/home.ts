import { Folder } from '@pyramid-mamba/runs';

/** Names of the folders in which trainings are, below their home. Earlier versions of the page had them in the root of the storage. */
export const TRAINING_FOLDERS = [
  'training',
  'training-2',
  'training-current',
  'features',
  'training-pictures',
] as const;
export type TrainingFolderName = (typeof TRAINING_FOLDERS)[number];

/** Path of the folder that holds a project's trainings; the store of projects leaves it alone and removes it with the project. */
export const homeOf = (projectId: string): readonly string[] => ['projects', projectId, 'training'];

let home: readonly string[] = [];

/** Where trainings are read and written from now on; [] is the root of the browser's storage, for pages without projects. */
export function setHome(path: readonly string[]): void {
  home = path;
}

export const trainingHome = (): readonly string[] => home;

export const isHome = (path: readonly string[]): boolean => home.join('/') === path.join('/');

/** A folder of trainings at home, created if missing. */
export const folderAtHome = (name: TrainingFolderName, ...rest: string[]): Promise<Folder> =>
  Folder.open(...home, name, ...rest);

/** Removes a folder of trainings at home with its content. */
export const discardAtHome = (name: TrainingFolderName): Promise<void> => Folder.discard(...home, name);
