import { randomUUID } from 'node:crypto';
import { readModelInfo, type ModelInfo } from '@pyramid-mamba/model';
import type { Command } from 'commander';
import { UserError } from '../../errors.js';
import { addNatsOptions, openConnection, type NatsOptions } from '../../fleet/connection.js';
import type { Fleet } from '../../fleet/fleet.js';
import { NAME, type CurrentModel } from '../../fleet/work.js';
import { AUTO, productHint, requireClass } from '../../predict/folderClass.js';
import { LineFile } from '../../predict/lineFile.js';
import { picturePaths } from '../../predict/paths.js';
import { countsLine, failureOf, NOT_JUDGED, WITHOUT_VERDICT } from '../../predict/rows.js';
import { givenModel } from '../../serve/asked.js';
import { positiveInteger } from '../../settings/options.js';
import { onInterrupt } from '../../terminal/interrupt.js';
import { onStderr, type Io } from '../../terminal/io.js';
import { Progress } from '../../terminal/progress.js';

interface SubmitOptions extends NatsOptions {
  model?: string;
  class: string;
  job?: string;
  out?: string;
  byPath?: boolean;
  queue: number;
}

export function addSubmit(program: Command, io: Io): void {
  const command = program
    .command('submit')
    .description(
      'have pictures judged by a fleet of workers: one line of JSON each, in the order of their results',
    )
    .argument('<path...>', 'pictures, folders, or patterns such as "line3/*.png"');
  addNatsOptions(command, true)
    .option(
      '--model <path>',
      'put this model (PATH or NAME=PATH) into use in the fleet, for these pictures and all later ones',
    )
    .option(
      '--class <name>',
      'product of all pictures; auto decides by a folder inside the one given, else by the picture',
      (name: string) => name.normalize('NFC'),
      AUTO,
    )
    .option(
      '--job <name>',
      'name of this work: submitted again under it, pictures that have a result are not judged again',
    )
    .option('--out <file>', 'file for the lines, instead of stdout')
    .option('--by-path', 'workers read the pictures from the same paths, in folders that they share')
    .option('--queue <n>', 'pictures that may wait for a result at the same time', positiveInteger, 1000)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba submit photos --nats nats://broker:4222 --model runs/first --out results.jsonl',
    )
    .action((paths: string[], options: SubmitOptions) => runSubmit(paths, options, io));
}

async function runSubmit(given: string[], options: SubmitOptions, io: Io): Promise<void> {
  const note = (line: string) => io.err(`${line}\n`);
  const { job = randomUUID() } = options;
  if (!NAME.test(job))
    throw new UserError(
      `--job: expected up to 48 letters, digits, - and _, found "${job}"; choose another name`,
    );
  const { pictures: paths, folders } = await picturePaths(
    given,
    (sentence) => note(`note: ${sentence}`),
    'submit',
  );
  const model = options.model === undefined ? undefined : await checkedModel(options.model);
  // other commands need none of it
  const { Fleet } = await import('../../fleet/fleet.js');
  const { submission } = await import('../../fleet/submission.js');
  const connection = await openConnection(options);
  try {
    const fleet = await Fleet.open(connection, { name: options.fleet });
    const current = await inUse(fleet, model);
    const { classes } = current;
    requireClass(current, options.class);
    note(`model: ${current.name} (SHA-256 ${current.sha256})`);
    note(`job: ${job}`);
    const file = options.out === undefined ? undefined : await LineFile.begin(options.out);
    const counts = new Map<string, number>();
    let done = 0;
    const release = onInterrupt(io, () => {
      const kept = done > 0 && file ? `, and their lines are kept in ${file.keepPartNow()}` : '';
      if (done === 0) file?.discardNow();
      return `interrupted: ${done} of ${paths.length} pictures have a result${kept}; the same command with --job ${job} goes on`;
    });
    const progress = new Progress(onStderr(io));
    try {
      for await (const result of submission({
        fleet,
        job,
        model: current,
        paths,
        productOf: (path) => productHint(classes, options.class, path, folders),
        byPath: options.byPath === true,
        most: options.queue,
        note: (sentence) => note(`note: ${sentence}`),
      })) {
        const kind = result.error === null ? (result.verdict ?? WITHOUT_VERDICT) : NOT_JUDGED;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        const line = `${JSON.stringify(result)}\n`;
        if (file) await file.add(line);
        else io.out(line);
        done++;
        if (file) {
          progress.update({ done, total: paths.length, label: `result ${done} of ${paths.length}` });
          if (result.error !== null) {
            progress.clear();
            note(`not judged: ${failureOf({ file: result.file, error: result.error })}`);
          }
        }
      }
      await file?.complete();
    } catch (error) {
      if (done > 0) await file?.keepPart();
      else await file?.discard();
      throw error;
    } finally {
      release();
      progress.clear();
    }
    if (options.out !== undefined) note(`wrote ${options.out}`);
    note(countsLine(counts));
    const failed = counts.get(NOT_JUDGED);
    if (failed !== undefined)
      throw new UserError(
        `submit: ${failed} of ${paths.length} pictures could not be judged; their lines say why`,
      );
  } finally {
    await connection.close();
  }
}

interface CheckedModel {
  name: string;
  bytes: Uint8Array;
  info: ModelInfo;
}

/** A model file that is one: what is not is refused here, and the fleet keeps what it has. */
async function checkedModel(path: string): Promise<CheckedModel> {
  const { name, bytes, where } = await givenModel(path);
  return { name, bytes, info: readModelInfo(Uint8Array.from(bytes), where).info };
}

/** The model that judges: the one given, which is put into use, or the fleet's. */
async function inUse(fleet: Fleet, model: CheckedModel | undefined): Promise<CurrentModel> {
  if (model) return fleet.putModel(model.bytes, { name: model.name, classes: [...model.info.classes] });
  const current = await fleet.currentModel();
  if (current) return current;
  throw new UserError('submit: the fleet has no model yet; pass one with --model');
}
