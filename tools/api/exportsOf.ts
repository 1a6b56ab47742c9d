import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

/** The names that an entry of a package exports, each with what it is: `aupro (function)`. Sorted. */
export interface EntryExports {
  /** `.` or `./node`. */
  entry: string;
  names: string[];
}

interface Manifest {
  exports?: Record<string, string | Record<string, string>>;
}

/** A source file for an import by a relative path, as TypeScript finds it. */
function sourceOf(specifier: string, from: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  const path = resolve(dirname(from), specifier);
  return [path.replace(/\.js$/, '.ts'), path.replace(/\.js$/, '.tsx'), path].find((file) => existsSync(file));
}

/** Reads the package's own sources only, and checks no types: names and their kinds need no more. */
function programOf(files: readonly string[]): ts.Program {
  const options: ts.CompilerOptions = {
    noLib: true,
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) => {
      const file = sourceOf(text, from);
      if (file === undefined) return { resolvedModule: undefined };
      const extension = file.endsWith('x') ? ts.Extension.Tsx : ts.Extension.Ts;
      return { resolvedModule: { resolvedFileName: file, extension, isExternalLibraryImport: false } };
    });
  return ts.createProgram(files, options, host);
}

const KINDS: readonly [ts.SymbolFlags, string][] = [
  [ts.SymbolFlags.Class, 'class'],
  [ts.SymbolFlags.Function, 'function'],
  [ts.SymbolFlags.Enum, 'enum'],
  [ts.SymbolFlags.Variable, 'value'],
  [ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias, 'type'],
];

function kindOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const kind = KINDS.find(([flag]) => own.flags & flag)?.[1];
  // what another package exports is not read
  return kind ?? 'of another package';
}

/** What each entry of the package in `folder` exports. An entry without a `@pyramid-mamba/source` is left out. */
export function exportsOf(folder: string): EntryExports[] {
  const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const entries = Object.entries(exports).flatMap(([entry, conditions]) => {
    const source = typeof conditions === 'string' ? undefined : conditions['@pyramid-mamba/source'];
    return source === undefined ? [] : [{ entry, file: resolve(folder, source) }];
  });
  const program = programOf(entries.map(({ file }) => file));
  const checker = program.getTypeChecker();
  return entries.map(({ entry, file }) => {
    const parsed = program.getSourceFile(file);
    if (parsed === undefined)
      throw new Error(`${folder}: the entry "${entry}" names ${file}, which is missing.`);
    // a file without imports and exports has no symbol
    const module = checker.getSymbolAtLocation(parsed);
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
    return { entry, names: symbols.map((one) => `${one.name} (${kindOf(one, checker)})`).sort() };
  });
}
