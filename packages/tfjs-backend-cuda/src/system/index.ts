// The folders and files of the machine that the programs use, and which of them are trusted. For Node.
export { isAbsent } from './absentPackage.js';
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
