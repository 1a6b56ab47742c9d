import { filesOf, listedFiles } from '../src/index.js';
import { readableFiles } from './conformance.js';

readableFiles('a File list of a folder picker', (contents) => {
  const files = Object.entries(contents).map(([path, text]) => {
    const file = new File([text], path.split('/').at(-1)!);
    return Object.defineProperty(file, 'webkitRelativePath', { value: `first/${path}` });
  });
  return Promise.resolve(filesOf(listedFiles(files)));
});
