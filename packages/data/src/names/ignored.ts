// Files that operating systems, network storage and programs create among pictures: indexes, thumbnails, bins, snapshots.

/** In lower case. */
const IGNORED = new Set([
  '__macosx',
  'thumbs.db',
  'ehthumbs.db',
  'ehthumbs_vista.db',
  'desktop.ini',
  'picasa.ini',
  'icon\r',
  'network trash folder',
  'temporary items',
  // Windows
  '$recycle.bin',
  'recycler',
  'recycled',
  'system volume information',
  // Synology, QNAP, NetApp, Linux
  '@eadir',
  '@tmp',
  '@recycle',
  '@recently-snapshot',
  '@sharebin',
  '#recycle',
  '#snapshot',
  '~snapshot',
  'lost+found',
  'synofile_thumb',
  '__pycache__',
]);

/** Whether a file or folder is not part of a data set: hidden, or an index, a bin or a snapshot of a system. */
export const isIgnored = (name: string): boolean =>
  name.startsWith('.') || IGNORED.has(name.toLowerCase()) || /^(synofile_thumb_|~\$)/i.test(name);
