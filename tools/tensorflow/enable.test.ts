// Discovery and the whole of tensorflow:enable with fake folders, npm and compiler.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { BINDING, findCompiler } from './binding.ts';
import { enable, type EnableOptions } from './enable.ts';
import { examine, locate } from './pythonTensorflow.ts';
import { complaint, run as realRun, type Run } from './run.ts';

const root = mkdtempSync(join(tmpdir(), 'pyramid-mamba-tensorflow-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const HEADERS = ['c/c_api.h', 'c/eager/c_api.h', 'core/platform/ctstring_internal.h'];
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
let count = 0;

function write(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
}

/** A fake Python package, `without` some of its files. */
function madeUp({ without = '' } = {}): string {
  const site = join(root, `site-${count++}`);
  const folder = join(site, 'tensorflow');
  for (const name of LIBRARIES) write(join(folder, name));
  for (const name of HEADERS) write(join(folder, 'include', 'tensorflow', name));
  mkdirSync(join(site, 'tensorflow_io-0.1.dist-info'));
  mkdirSync(join(site, 'tensorflow_cpu-2.21.0.dist-info'));
  if (without) rmSync(join(folder, without), { recursive: true });
  return folder;
}

const done = { status: 0, stdout: '', stderr: '' };
const absent = { status: null, stdout: '', stderr: 'ENOENT' };

describe('the TensorFlow in a Python package', () => {
  test('is found by asking Python, with its version', () => {
    const folder = madeUp();
    const asked: string[] = [];
    const located = locate(
      (command) => {
        asked.push(command);
        return command === 'python3' ? { ...done, stdout: `a notice\n${folder}\n` } : absent;
      },
      { PYTHON: '/opt/none' },
    );
    expect(asked).toEqual(['/opt/none', 'python3']);
    expect(located).toEqual({ folder, python: 'python3' });
    const parts = examine(folder, 'linux');
    expect(parts.version).toBe('2.21.0');
    expect(parts.libraries).toEqual(LIBRARIES.map((name) => join(folder, name)));
  });

  test('is reported missing without Python, and if Python has none', () => {
    expect(locate(() => absent, {})).toEqual({ missing: 'no Python was found (tried python3, python)' });
    expect(locate(() => ({ ...done, stdout: '\n' }), {})).toEqual({
      missing: 'python3 has no package tensorflow',
    });
    expect(locate(() => absent, {}, '/x/python')).toEqual({
      missing: 'no Python was found (tried /x/python)',
    });
  });

  test.each(['include', 'libtensorflow_cc.so.2'])(
    'without %s is an error that names the missing part',
    (without) => {
      expect(() => examine(madeUp({ without }), 'linux')).toThrow(
        new RegExp(`lacks .*${without}.*pip install tensorflow-cpu.*--stock`),
      );
    },
  );

  test('is an error on Windows', () => {
    expect(() => examine(madeUp(), 'win32')).toThrow(/on Linux and macOS, not on win32; use --stock/);
  });
});

describe('the C++ compiler', () => {
  test('is CXX, else the first that starts', () => {
    expect(findCompiler(() => done, { CXX: '/opt/c++' })).toBe('/opt/c++');
    expect(findCompiler((command) => (command === 'g++' ? done : absent), {})).toBe('g++');
  });

  test('is named in the error if there is none', () => {
    expect(() => findCompiler(() => absent, {})).toThrow(
      /no C\+\+ compiler was found \(tried c\+\+, g\+\+, clang\+\+\)/,
    );
  });

  test('is missing if its command does not exist', () => {
    expect(realRun(join(root, 'no-such-program'), []).status).toBeNull();
  });
});

describe('tensorflow:enable', () => {
  let folder: string;
  let said: string[];
  beforeEach(() => {
    folder = join(root, `cache-${count++}`, 'tensorflow');
    said = [];
  });

  /** Fakes npm, which creates a package, a compiler, which creates a binding, and a Node, which loads it; `over` replaces a command. */
  const played =
    (commands: string[], over: (what: string) => ReturnType<Run> | undefined = () => undefined): Run =>
    (command, args, { cwd } = {}) => {
      const what = command === process.execPath ? 'node' : `${command} ${args[0]}`;
      commands.push(what);
      const other = over(what);
      if (other) return other;
      if (what === 'npm install') {
        expect(args).toContain('--ignore-scripts');
        write(join(cwd!, 'node_modules', '@tensorflow', 'tfjs-node', 'package.json'));
      }
      if (args.includes('-shared')) write(args.at(-1)!);
      return what === 'node' ? { ...done, stdout: 'TensorFlow 2.21.0\n' } : done;
    };

  const options = (over: Partial<EnableOptions> = {}): EnableOptions => ({
    folder,
    env: {},
    tensorflow: madeUp(),
    stock: false,
    gpu: false,
    ...over,
  });
  const leftovers = (): string[] => (existsSync(dirname(folder)) ? readdirSync(dirname(folder)) : []);

  test.skipIf(process.platform !== 'linux')(
    'builds into a temporary folder, tests it, and moves it into place',
    () => {
      const commands: string[] = [];
      enable(options(), played(commands), (line) => said.push(line));
      expect(commands).toEqual(['c++ --version', 'npm install', 'c++ -std=c++17', 'node']);
      expect(existsSync(join(folder, 'node_modules', '@tensorflow', 'tfjs-node', BINDING))).toBe(true);
      expect(leftovers()).toEqual(['tensorflow']);
      expect(said[0]).toMatch(/^found TensorFlow 2\.21\.0 in /);
      expect(said.at(-1)).toMatch(/TensorFlow 2\.21\.0 is enabled in .*--backend tensorflow/);
    },
  );

  test.skipIf(process.platform !== 'linux')(
    'does nothing the second time, and rebuilds if the existing one does not load',
    () => {
      const same = options();
      enable(same, played([]), () => {});
      const second: string[] = [];
      enable(same, played(second), (line) => said.push(line));
      expect(second).toEqual(['node']);
      expect(said).toEqual([
        expect.stringMatching(/^found/),
        expect.stringMatching(/is up to date: TensorFlow 2\.21\.0/),
      ]);
      const third: string[] = [];
      let tries = 0;
      const broken = { ...done, status: 1, stderr: 'Error: no such library' };
      enable(
        same,
        played(third, (what) => (what === 'node' && tries++ === 0 ? broken : undefined)),
        (line) => said.push(line),
      );
      expect(third).toEqual(['node', 'c++ --version', 'npm install', 'c++ -std=c++17', 'node']);
      expect(said).toContainEqual(
        expect.stringMatching(/does not load \(Error: no such library\): rebuilding it/),
      );
    },
  );

  test.skipIf(process.platform !== 'linux').each([
    ['npm install', /npm cannot install @tensorflow\/tfjs-node 4\.22\.0: npm error offline; fix/],
    [
      'c++ -std=c++17',
      /c\+\+ cannot compile the binding against TensorFlow 2\.21\.0: npm error offline; use another/,
    ],
    ['node', /was built but does not run \(npm error offline\)/],
  ])('keeps the existing installation if %s fails', (failing, message) => {
    const before = join(folder, 'before');
    write(before);
    const failed = { status: 1, stdout: '', stderr: 'noise\nnpm error offline\nmore noise' };
    const run = played([], (what) => (what === failing ? failed : undefined));
    expect(() => enable(options(), run, () => {})).toThrow(message);
    expect(existsSync(before)).toBe(true);
    expect(leftovers()).toEqual(['tensorflow']);
  });

  test('uses the stock download if Python has no TensorFlow, and says what to do if that fails', () => {
    const commands: string[] = [];
    const run = played(commands, (what) => (/^python3? /.test(what) ? absent : undefined));
    enable(options({ tensorflow: undefined }), run, (line) => said.push(line));
    expect(commands.slice(2)).toEqual(['npm install', 'npm rebuild', 'node']);
    expect(said[0]).toBe('no TensorFlow in Python: no Python was found (tried python3, python)');
    const offline = played([], (what) =>
      what === 'npm rebuild' ? { ...done, status: 1, stderr: 'getaddrinfo ENOTFOUND' } : undefined,
    );
    expect(() => enable(options({ stock: true, folder: `${folder}-2` }), offline, () => {})).toThrow(
      /stock download failed: getaddrinfo ENOTFOUND; .*pip install tensorflow-cpu/,
    );
  });

  test('passes npm only the network settings', () => {
    const env = { npm_config_registry: 'r', npm_config_recursive: 'true', npm_package_name: 'x', PATH: 'p' };
    let seen: NodeJS.ProcessEnv | undefined;
    const base = played([]);
    const run: Run = (command, args, more) => {
      if (command === 'npm') seen = more!.env;
      return base(command, args, more);
    };
    enable(options({ stock: true, env }), run, () => {});
    expect(seen).toEqual({ npm_config_registry: 'r', PATH: 'p' });
    expect(JSON.parse(readFileSync(join(folder, 'enabled.json'), 'utf8'))).toMatchObject({
      tensorflow: 'stock',
    });
  });
});

test('a complaint is the first line with "error", else the last', () => {
  expect(complaint({ status: 1, stdout: '', stderr: 'a\nx.cc:1: fatal error: y\nb\n' })).toBe(
    'x.cc:1: fatal error: y',
  );
  expect(complaint({ status: 1, stdout: 'a\n', stderr: 'b\n' })).toBe('b');
  expect(complaint({ status: 1, stdout: '', stderr: '' })).toBe('no message');
});
