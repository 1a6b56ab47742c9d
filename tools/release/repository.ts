// Writes into each published manifest where its source is, as GitHub's runner says. npm's provenance compares the two. The
// repository itself names no place, so that a fork says nothing untrue.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A manifest with its repository, homepage and issues. */
export function withRepository(manifest: object, url: string, directory: string): object {
  return {
    ...manifest,
    repository: { type: 'git', url: `git+${url}.git`, directory },
    homepage: `${url}/tree/HEAD/${directory}#readme`,
    bugs: `${url}/issues`,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  if (!server || !repository) {
    console.error(
      'repository: GITHUB_SERVER_URL and GITHUB_REPOSITORY are not set; this runs in the release workflow, which sets them.',
    );
    process.exit(2);
  }
  const root = fileURLToPath(new URL('../..', import.meta.url));
  for (const group of ['packages', 'apps'])
    for (const name of readdirSync(join(root, group))) {
      const file = join(root, group, name, 'package.json');
      const manifest = JSON.parse(readFileSync(file, 'utf8')) as { private?: boolean };
      if (manifest.private) continue;
      const complete = withRepository(manifest, `${server}/${repository}`, `${group}/${name}`);
      writeFileSync(file, `${JSON.stringify(complete, null, 2)}\n`);
    }
}
