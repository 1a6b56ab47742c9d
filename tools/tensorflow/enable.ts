import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { distrustTree, makePrivateFolder } from '@pyramid-mamba/ssm-kernels/system';
import { buildBinding, findCompiler } from './binding.ts';
import { EnableError } from './errors.ts';
import { examine, locate, type TensorflowParts } from './pythonTensorflow.ts';
import { complaint, type Run } from './run.ts';

/** Every @tensorflow package here has this version. */
const TFJS = '4.22.0';
const NAPI_HEADERS = '1.9.0';
/** The description file of a finished folder. */
const RECORD = 'enabled.json';

export interface EnableOptions {
  /** The target folder of the package. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** The folder of a Python package `tensorflow`. Default: ask Python. */
  tensorflow?: string | undefined;
  /** The Python to ask. */
  python?: string | undefined;
  /** Always use tfjs-node's own download of TensorFlow 2.9.1. */
  stock: boolean;
  /** The stock download for NVIDIA GPUs. */
  gpu: boolean;
}

/** Implements `npm run tensorflow:enable`; `say` receives a line for each step. Throws EnableError. */
export function enable(options: EnableOptions, run: Run, say: (line: string) => void): void {
  const { folder, env } = options;
  const parts = options.stock || options.gpu ? undefined : found(options, run, say);
  const name = options.gpu ? '@tensorflow/tfjs-node-gpu' : '@tensorflow/tfjs-node';
  const wanted = {
    package: `${name}@${TFJS}`,
    node: process.versions.modules,
    tensorflow: parts?.folder ?? 'stock',
    version: parts?.version ?? 'stock',
  };
  const record = JSON.stringify(wanted);
  if (isFile(join(folder, RECORD), record)) {
    const untrusted = distrustTree(folder);
    const { version, problem } =
      untrusted === undefined ? tryIt(run, folder, name, env) : { problem: untrusted };
    if (version !== undefined) {
      say(`${folder} is up to date: TensorFlow ${version}`);
      return;
    }
    say(`${folder} does not load (${problem}): rebuilding it`);
  }
  const compiler = parts && findCompiler(run, env);
  const temporary = `${folder}.${randomUUID()}`;
  try {
    makePrivateFolder(temporary);
    install(run, temporary, name, parts !== undefined, env, say);
    if (parts && compiler !== undefined) {
      say(`compiling the binding with ${compiler} against TensorFlow ${parts.version}`);
      const modules = join(temporary, 'node_modules');
      buildBinding(run, compiler, join(modules, name), join(modules, 'node-api-headers', 'include'), parts);
    } else download(run, temporary, name, env, say);
    const { version, problem } = tryIt(run, temporary, name, env);
    if (version === undefined)
      throw new EnableError(
        `the binding was built but does not run (${problem}); try another TensorFlow: \`pip install tensorflow-cpu\`, or --tensorflow FOLDER.`,
      );
    writeFileSync(join(temporary, RECORD), record);
    replace(folder, temporary);
    say(`TensorFlow ${version} is enabled in ${folder}; use it with --backend tensorflow`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Python's TensorFlow; undefined if there is none. */
function found(
  { tensorflow, python, env }: EnableOptions,
  run: Run,
  say: (line: string) => void,
): TensorflowParts | undefined {
  const located = tensorflow !== undefined ? { folder: resolve(tensorflow) } : locate(run, env, python);
  if ('missing' in located) {
    if (python !== undefined)
      throw new EnableError(
        `${located.missing}; install it with \`${python} -m pip install tensorflow-cpu\`.`,
      );
    say(`no TensorFlow in Python: ${located.missing}`);
    return undefined;
  }
  const parts = examine(located.folder);
  say(`found TensorFlow ${parts.version} in ${parts.folder}`);
  return parts;
}

/** Only network settings: npm run and pnpm pass on their own settings, which another npm misinterprets. */
function npmEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = /registry|proxy|cafile|_ca$|strict_ssl|_cache$|userconfig/i;
  return Object.fromEntries(
    Object.entries(env).filter(
      ([key]) =>
        !/^npm_(lifecycle|package|command)/i.test(key) && (!/^npm_config_/i.test(key) || kept.test(key)),
    ),
  );
}

function install(
  run: Run,
  folder: string,
  name: string,
  headers: boolean,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): void {
  const dependencies = { [name]: TFJS, ...(headers && { 'node-api-headers': NAPI_HEADERS }) };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  say(`installing ${name} ${TFJS} (300 MB) without its install script`);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
  const result = run('npm', args, { cwd: folder, env: npmEnvironment(env) });
  if (result.status !== 0)
    throw new EnableError(
      `npm cannot install ${name} ${TFJS}: ${complaint(result)}; fix npm's network settings and run this again.`,
    );
}

function download(
  run: Run,
  folder: string,
  name: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
): void {
  say(`running the install script of ${name}, which downloads TensorFlow 2.9.1`);
  const result = run('npm', ['rebuild', name], { cwd: folder, env: npmEnvironment(env) });
  if (result.status !== 0)
    throw new EnableError(
      `the stock download failed: ${complaint(result)}; if its server is unreachable, run ` +
        '`pip install tensorflow-cpu` and this again: the binding is then built against that package.',
    );
}

/** In a separate process, because a broken library may crash it. */
const PROBE = `
const util = require('util');
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
const tf = require(process.argv[1]);
if (tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync().join() !== '3,3,3,3') throw new Error('wrong product');
console.log('TensorFlow ' + tf.backend().binding.TF_Version);
`;

/** The TensorFlow version of a built package, or why it does not run. */
function tryIt(
  run: Run,
  folder: string,
  name: string,
  env: NodeJS.ProcessEnv,
): { version?: string; problem?: string } {
  const quiet = { TF_CPP_MIN_LOG_LEVEL: '2', ...env };
  const result = run(process.execPath, ['-e', PROBE, join(folder, 'node_modules', name)], { env: quiet });
  const version = /^TensorFlow (\S+)$/m.exec(result.stdout)?.[1];
  return result.status === 0 && version !== undefined ? { version } : { problem: complaint(result) };
}

function isFile(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}

/** Moves a finished folder into place, then removes the previous one. */
function replace(folder: string, temporary: string): void {
  makePrivateFolder(dirname(folder));
  const old = `${folder}.${randomUUID()}`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(temporary, folder);
  rmSync(old, { recursive: true, force: true });
}
