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
/** What a finished folder says of itself. */
const RECORD = 'enabled.json';

export interface EnableOptions {
  /** Where the package is to lie. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** The folder of a Python package `tensorflow`. Default: ask Python. */
  tensorflow?: string | undefined;
  /** The Python to ask. */
  python?: string | undefined;
  /** Take tfjs-node's own download of TensorFlow 2.9.1, whatever there is. */
  stock: boolean;
  /** The stock download for NVIDIA GPUs. */
  gpu: boolean;
}

/** Does what `npm run tensorflow:enable` does; `say` gets a line for each thing found or done. Throws EnableError. */
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
      say(`${folder} holds it already: TensorFlow ${version}`);
      return;
    }
    say(`${folder} holds it, but it does not load (${problem}): building it anew`);
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
        `the binding is there but does not run (${problem}); try another TensorFlow: \`pip install tensorflow-cpu\`, or --tensorflow FOLDER.`,
      );
    writeFileSync(join(temporary, RECORD), record);
    replace(folder, temporary);
    say(`TensorFlow ${version} is enabled in ${folder}; use it with --backend tensorflow`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Python's TensorFlow; undefined where there is none. */
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
    say(`no TensorFlow of Python's: ${located.missing}`);
    return undefined;
  }
  const parts = examine(located.folder);
  say(`found TensorFlow ${parts.version} in ${parts.folder}`);
  return parts;
}

/** Only what concerns the network: npm run and pnpm hand their own settings on, which another npm misunderstands. */
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
      `npm cannot install ${name} ${TFJS}: ${complaint(result)}; mend npm's network settings and run this again.`,
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
      `the stock download failed: ${complaint(result)}; where its server is out of reach, ` +
        '`pip install tensorflow-cpu` and run this again: the binding is then built against that.',
    );
}

/** In a process of its own, which a broken library may take with it. */
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

/** Puts a finished folder in its place; what stood there is removed once it is. */
function replace(folder: string, temporary: string): void {
  makePrivateFolder(dirname(folder));
  const old = `${folder}.${randomUUID()}`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(temporary, folder);
  rmSync(old, { recursive: true, force: true });
}
