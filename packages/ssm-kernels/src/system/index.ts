// The folders and files of the machine that the programs use, and which of them are trusted. For Node. The package that loads
// native code owns them.
export {
  cacheRoot,
  distrust,
  distrustTree,
  dropRelativeFolders,
  homeFolder,
  isAbsent,
  listedFolders,
  loaderNames,
  makePrivateFolder,
  namedFolder,
  openToAll,
  plantedLibrary,
  type Environment,
} from '@pyramid-mamba/tfjs-backend-cuda/system';
export { allowRelaxedSimd } from './relaxedSimd.js';
export { readTfjsWasm } from './tfjsWasm.js';
