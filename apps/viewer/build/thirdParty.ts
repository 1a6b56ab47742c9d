import { join } from 'node:path';
import type { Plugin, Rollup } from 'vite';
import { writeThirdPartyNotices } from '../../../tools/build/thirdParty.js';

/** Writes THIRD-PARTY.txt beside the page: the licences of all bundled packages, including those of the workers. */
export function thirdParty(): { page: Plugin; worker: Plugin } {
  const files = new Set<string>();
  const collect = (bundle: Rollup.OutputBundle) => {
    for (const chunk of Object.values(bundle))
      // virtual modules start with a zero byte, and paths may have a query
      if (chunk.type === 'chunk')
        for (const id of chunk.moduleIds) if (!id.startsWith('\0')) files.add(id.replace(/\?.*$/, ''));
  };
  return {
    page: {
      name: 'third-party',
      apply: 'build',
      generateBundle: (_, bundle) => collect(bundle),
      writeBundle: ({ dir }) => writeThirdPartyNotices(files, join(dir ?? '.', 'THIRD-PARTY.txt')),
    },
    worker: { name: 'third-party-worker', apply: 'build', generateBundle: (_, bundle) => collect(bundle) },
  };
}
