import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Plugin } from 'vite';

/** The placeholder in the service worker's source for the list of files. */
const PLACE = '__OFFLINE_FILES__';

/** Writes the page's list of files into the service worker (`sw.js`): built files are prefetched, public ones cached on use. */
export function offline(): Plugin {
  let publicFolder = '';
  return {
    name: 'offline',
    apply: 'build',
    // after the plugin that creates the pages
    enforce: 'post',
    configResolved(config) {
      publicFolder = config.publicDir;
    },
    generateBundle(_, bundle) {
      const worker = Object.values(bundle).find((file) => file.fileName === 'sw.js');
      if (worker?.type !== 'chunk') throw new Error('offline: the build has no sw.js; add it to the inputs');
      const publicFiles = readdirSync(publicFolder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(publicFolder, join(entry.parentPath, entry.name)).split(sep).join('/'));
      // those right beside the page are small and always needed
      const beside = publicFiles.filter((name) => !name.includes('/'));
      const kept = publicFiles.filter((name) => name.includes('/'));
      const bundled = Object.keys(bundle).filter((name) => name !== 'sw.js' && !name.endsWith('.map'));
      const hash = createHash('sha256');
      for (const name of bundled.sort()) {
        const file = bundle[name]!;
        hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
      }
      const sums = Object.fromEntries(
        bundled
          // scripts may still be changed by later plugins
          .filter((name) => name.endsWith('.html'))
          .map((name) => {
            const file = bundle[name]!;
            const content = file.type === 'chunk' ? file.code : file.source;
            return [name, createHash('sha256').update(content).digest('hex')];
          }),
      );
      const list = JSON.stringify({
        sums,
        version: hash.digest('hex').slice(0, 16),
        built: [...bundled, ...beside],
        kept: kept.sort(),
      });
      worker.code = worker.code.replace(new RegExp(`["'\`]${PLACE}["'\`]`), () => JSON.stringify(list));
    },
  };
}
