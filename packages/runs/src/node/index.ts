export { Exchange, finish, isUnfinished } from './exchange.js';
export { folderFiles } from './folder.js';
export { claimOf, isRunning, lifeOf, parseHolder, type Holder, type Life } from './holder.js';
export { FolderLock, LOCK, withLock } from './lock.js';
export { openRegular, placeInside, readInside, readRegular, type OpenFile } from './regular.js';
export { sweep } from './sweep.js';
