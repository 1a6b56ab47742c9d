export { ProjectError, StorageFullError } from './errors.js';
export {
  currentModel,
  labelledPictures,
  labelledSince,
  mmPerPixel,
  modelsOf,
  picturesOf,
  sizeOf,
} from './content/project.js';
export type { LabelledPicture, Project, ProjectSize } from './content/project.js';
export { MOST_BYTES, PICTURE_KINDS } from './content/records.js';
export type {
  About,
  Areas,
  Judged,
  Label,
  ModelEntry,
  Picture,
  PictureKind,
  Polygon,
  Product,
  Scale,
  TrainingEntry,
} from './content/records.js';
export { webEnvironment } from './store/environment.js';
export type { Channel, Environment, Locks, Release } from './store/environment.js';
export { ProjectStore } from './store/projects.js';
export type {
  Added,
  Fault,
  NewModel,
  NewPicture,
  OpenProject,
  ProjectCard,
  Projects,
  ReadOnly,
  Space,
  TakeOver,
  Working,
} from './store/interface.js';
