import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import type { Command } from 'commander';
import { pickBackend } from '../backend.js';
import { nearest } from '../settings/configFile.js';
import { cachedWeights, readUserFile } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import { requireOwnCache } from '../training/featureCache.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { names } from '../settings/options.js';
import { Progress } from '../terminal/progress.js';
import { presetSettings } from '../settings/settings.js';
import { table } from '../text/table.js';
import { CATALOGUE, findWeights, type WeightsEntry } from '../weights/catalogue.js';
import { convertEncoder, convertModel } from '../weights/convert.js';
import { download } from '../weights/download.js';
import { hubFile, hubUrl } from '../weights/hub.js';
import { cachedFile } from '../weights/hubCache.js';
import { readRecord, requireHash, weakness, writeRecord } from '../weights/record.js';

/** By how much a file may be larger than the catalogue says. */
const LARGER = 1.2;

interface ConvertOptions {
  out?: string;
  model?: string[];
  preset: string;
  json?: boolean;
}

export function addWeights(program: Command, io: Io): void {
  const weights = program.command('weights').description('encoder weights: list, fetch, convert');
  weights
    .command('list')
    .description('encoder weights that can be downloaded, and which are in the cache')
    .option(...JSON_OPTION)
    .addHelpText('after', '\nExample:\n  pyramid-mamba weights list')
    .action(({ json }: { json?: boolean }) =>
      answer(io, json, async (talk) => listWeights(json === true, talk)),
    );
  weights
    .command('fetch')
    .description('download encoder weights into the cache and convert them; the only command that downloads')
    .argument('<name>', 'a name of `weights list`')
    .option('--url <url>', 'a mirror of the same file (of the whole Hugging Face hub: HF_ENDPOINT)')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba weights fetch resnet34     (then: train … --encoder resnet34)',
    )
    .action((name: string, { url, json }: { url?: string; json?: boolean }) =>
      answer(io, json, (talk) => fetchWeights(name, url, talk)),
    );
  weights
    .command('convert')
    .description("convert a .pth to safetensors: an encoder's, or with --model the authors' trained network")
    .argument('<file>', '.pth of torchvision, timm or the authors, or .safetensors')
    .option('--out <file>', 'file to write (default: the same name with .safetensors)')
    .option('--model <classes>', "the file is the authors' trained network, for these classes", names)
    .option('--preset <name>', 'with --model: its configuration', 'official')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba weights convert resnet34-b627a593.pth --out resnet34.safetensors',
    )
    .action((file: string, options: ConvertOptions) =>
      answer(io, options.json, (talk) => convertWeights(file, options, talk)),
    );
}

async function listWeights(json: boolean, io: Io) {
  const entries = await Promise.all(
    CATALOGUE.map(async ({ from, ...entry }) => {
      const path = cachedWeights(entry.name);
      const url = typeof from === 'string' ? from : hubUrl(from);
      const fetched = (await readRecord(path))?.download ?? null;
      return { ...entry, url, sha256: entry.sha256 ?? null, fetched, path, here: existsSync(path) };
    }),
  );
  if (json) return entries;
  const rows = entries.map(({ name, description, megabytes, licence, here, sha256, fetched }) => [
    name,
    `${megabytes} MB`,
    licence,
    here ? 'in the cache' : 'not downloaded',
    description,
    hashInWords(sha256, fetched),
  ]);
  say(io, table(['name', 'download', 'licence', '', '', 'SHA-256 of the download'], rows));
  return entries;
}

/** What is known of a file's SHA-256; where its owners publish less than the whole, that of the file that was fetched. */
function hashInWords(published: string | null, fetched: string | null): string {
  if (published?.length === 64) return published;
  if (fetched !== null) return `${fetched} (as it was fetched)`;
  return published === null
    ? 'unknown: its server says it at the download'
    : `${published}… (the rest is not published)`;
}

async function fetchWeights(name: string, mirror: string | undefined, io: Io) {
  const entry = findWeights(name);
  if (!entry) {
    throw new UserError(
      `weights: unknown weights "${name}"; ${nearest(
        name,
        CATALOGUE.map((one) => one.name),
      )}`,
    );
  }
  const target = cachedWeights(name);
  requireOwnCache(dirname(target));
  const known = await readRecord(target);
  if (existsSync(target)) {
    const weights = await requireHash(target, known?.weights ?? '');
    if (!known) await writeRecord(target, { download: null, weights });
    say(
      io,
      `${target} already exists, ${known ? 'as it was fetched' : `without a record of what it was; it has the SHA-256 ${weights}, which is on record now`}`,
    );
    return { name, file: target, fetched: false };
  }
  // what was fetched under this name before is the only file that is taken again
  const wanted = known?.download ?? entry.sha256 ?? '';
  const { path: file, sha256 } = await fetched(entry, dirname(target), wanted, mirror, io);
  // the name of a file in the hub's cache is a hash, too
  await requireHash(file, sha256);
  const found = await requireHash(file, wanted);
  const { bytes, line } = convertEncoder(await readUserFile(file, 'weights'), file);
  await writeFileAtomic(target, bytes);
  await writeRecord(target, { download: found, weights: await requireHash(target, '') });
  const weak = weakness(entry, found);
  if (weak !== undefined) say(io, weak);
  say(io, `${line}: ${target}\nuse it with --encoder ${name}`);
  return { name, file: target, fetched: true };
}

/** The file of an entry of the catalogue, where it is or once it is downloaded, and the SHA-256 by which it is stored, '' for none. */
async function fetched(
  entry: WeightsEntry,
  folder: string,
  sha256: string,
  mirror: string | undefined,
  io: Io,
): Promise<{ path: string; sha256: string }> {
  const { from, name, description, megabytes, licence } = entry;
  const progress = new Progress(io);
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
  const limits = {
    sha256,
    most: LARGER * megabytes * 1e6,
    onProgress: (done: number, total = megabytes * 1e6) =>
      progress.update({ done, total, label: `${mb(done)} of ${mb(total)} MB` }),
  };
  const downloading = (url: string) =>
    say(io, `downloading ${description}: ${url}, ${megabytes} MB, ${licence}`);
  try {
    if (typeof from !== 'string' && mirror === undefined) {
      if (!(await cachedFile(from))) downloading(hubUrl(from));
      return await hubFile({ hub: from, ...limits });
    }
    const own = typeof from === 'string' ? basename(new URL(from).pathname) : `${name}.download`;
    const path = join(folder, own);
    const url = mirror ?? String(from);
    if (!existsSync(path)) {
      downloading(url);
      await download({ url, path, ...limits });
    }
    return { path, sha256: '' };
  } finally {
    progress.clear();
  }
}

async function convertWeights(given: string, options: ConvertOptions, io: Io) {
  const file = resolve(given);
  const out = resolve(options.out ?? file.replace(/(\.(pth|pt|bin|tar|safetensors))*$/, '.safetensors'));
  if (out === file)
    throw new UserError(`weights: ${given} would be replaced by itself; pass another file with --out`);
  const bytes = await readUserFile(file, 'weights');
  let converted;
  if (options.model) {
    // a model's tensors need a backend while it is assembled
    await pickBackend('wasm');
    converted = await convertModel(bytes, given, presetSettings(options.preset).model, options.model);
  } else converted = convertEncoder(bytes, given);
  await writeFileAtomic(out, converted.bytes);
  say(io, `${converted.line}: ${out}`);
  return { file: out, what: converted.line };
}
