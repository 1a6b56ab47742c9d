// `npm run docs:api`: the API pages of all packages, from their sources, into api-docs/. A broken link is an error.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, ReflectionKind, type TypeDocOptions } from 'typedoc';
import { packageFolders } from '../api/pinned.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const SHARED: TypeDocOptions = {
  logLevel: 'Warn',
  excludeInternal: true,
  excludePrivate: true,
  // private types that appear in a signature are named there, without a page of their own
  validation: {
    notExported: false,
    invalidLink: true,
    invalidPath: true,
    rewrittenLink: true,
    notDocumented: false,
  },
  disableSources: true,
};

/** @throws Error if anything was reported */
function refuseWarnings(app: Application, where: string): void {
  const { logger } = app;
  if (logger.hasErrors() || logger.hasWarnings())
    throw new Error(
      `${where}: TypeDoc reported ${logger.errorCount} errors and ${logger.warningCount} warnings, above.`,
    );
}

/** Reads the sources of a package and writes its API as JSON. */
async function readPackage(folder: string, out: string): Promise<void> {
  const { exports, name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, string | Record<string, string>>;
    name: string;
    version: string;
  };
  const sources = new Map(
    Object.entries(exports).flatMap(([subpath, entry]) =>
      typeof entry === 'string' ? [] : [[join(folder, entry['@pyramid-mamba/source']!), subpath]],
    ),
  );
  const app = await Application.bootstrap({
    ...SHARED,
    entryPoints: [...sources.keys()],
    tsconfig: join(folder, 'tsconfig.json'),
    name,
    readme: join(folder, 'README.md'),
    basePath: join(folder, 'src'),
    // npm test checks the types
    skipErrorChecking: true,
  });
  const project = await app.convert();
  if (project === undefined) throw new Error(`${name}: TypeDoc could not read its sources.`);
  project.packageVersion = version;
  // a page is called what users import, not by where its source stands
  for (const [file, subpath] of sources) {
    const source = relative(join(folder, 'src'), file).replace(/[.]ts$/, '');
    const page = project.children?.find((child) =>
      [source, source.replace(/[/]index$/, '')].includes(child.name),
    );
    if (page?.kind === ReflectionKind.Module) page.name = name + subpath.slice(1);
  }
  app.validate(project);
  refuseWarnings(app, name);
  writeFileSync(out, JSON.stringify(app.serializer.projectToObject(project, root as never)));
}

const temporary = mkdtempSync(join(tmpdir(), 'api-docs-'));
try {
  const files: string[] = [];
  for (const folder of packageFolders(root)) {
    const file = join(temporary, `${basename(folder)}.json`);
    console.log(`reading ${basename(folder)}`);
    await readPackage(folder, file);
    files.push(file);
  }
  const app = await Application.bootstrap({
    ...SHARED,
    entryPointStrategy: 'merge',
    entryPoints: files,
    name: 'Pyramid-Mamba',
    readme: 'none',
    hideGenerator: true,
    out: join(root, 'api-docs'),
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc could not join the packages.');
  await app.generateOutputs(project);
  refuseWarnings(app, 'all packages');
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
