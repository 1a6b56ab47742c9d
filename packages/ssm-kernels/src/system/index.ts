// What of the machine a program of this repository uses, and what it trusts. For Node.
export {
  cacheRoot,
  dropRelativeFolders,
  homeFolder,
  listedFolders,
  namedFolder,
  type Environment,
} from './folders.js';
export { loaderNames, plantedLibrary } from './loader.js';
export { distrust, distrustTree, makePrivateFolder, openToAll } from './trust.js';
