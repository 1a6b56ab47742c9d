import { someOf } from '@pyramid-mamba/data';
import { distrustOf, withAreas } from '@pyramid-mamba/inspect';
import { ownValue } from '@pyramid-mamba/metrics';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { readModelInfo, withModelInfo, type ProductAreas } from '@pyramid-mamba/model';
import type { Command } from 'commander';
import { UserError } from '../errors.js';
import { areasOfClasses, readAreas } from '../settings/areasFile.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { plural } from '../text/plural.js';
import { readUserFile } from '../weights/encoderSource.js';
import { modelFileOf } from './predict.js';

interface AreasOptions {
  model: string;
  set?: string;
  class?: string;
  remove?: boolean;
  json?: boolean;
}

export function addAreas(program: Command, io: Io): void {
  program
    .command('areas')
    .description('show, set or remove the judged part of pictures in a model file, by product')
    .requiredOption('--model <file>', 'a model file, or the folder of a run')
    .option('--set <file>', 'JSON with polygons: {"use": [[[x, y], …]], "ignore": []}, x and y from 0 to 1')
    .option('--remove', 'judge the whole pictures again')
    .option('--class <name>', 'only this product (default: all)', (name: string) => name.normalize('NFC'))
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba areas --model runs/first --set areas.json --class bottle',
    )
    .action((options: AreasOptions) => answer(io, options.json, (talk) => runAreas(options, talk)));
}

async function runAreas(options: AreasOptions, io: Io) {
  const { remove = false } = options;
  if (remove && options.set !== undefined)
    throw new UserError('areas: --set and --remove are both given; omit one of them');
  const file = modelFileOf(options.model);
  const bytes = await readUserFile(file, '--model');
  const { info } = readModelInfo(bytes, file);
  if (options.class !== undefined && !info.classes.includes(options.class))
    throw new UserError(
      `areas: the model was not trained on the product "${options.class}"; it was trained on ${someOf(info.classes)}`,
    );
  const classes = options.class === undefined ? info.classes : [options.class];
  let areas = info.areas ?? {};
  if (remove || options.set !== undefined) {
    const given =
      options.set === undefined
        ? {}
        : areasOfClasses(await readAreas(options.set, '--set'), info.classes, '--set');
    areas = Object.fromEntries([
      ...Object.entries(areas).filter(([name]) => !classes.includes(name)),
      ...Object.entries(given).filter(([name]) => classes.includes(name)),
    ]);
    const changed = withAreas(info, areas);
    await writeFileAtomic(
      file,
      withModelInfo(bytes, file, () => changed),
    );
    say(
      io,
      `wrote ${file}; its thresholds are those of before: \`pyramid-mamba evaluate\` sets them by what is judged now`,
    );
    for (const name of info.classes) {
      const distrust = distrustOf(changed, name);
      if (distrust !== undefined && distrust !== distrustOf(info, name))
        say(io, `note: ${distrust}; its pictures get REVIEW in place of OK`);
    }
  }
  for (const name of info.classes) say(io, `${name}: ${described(ownValue(areas, name))}`);
  return { file, areas };
}

const described = (areas: ProductAreas | undefined): string =>
  areas
    ? `${areas.use.length === 0 ? 'all' : `within ${plural(areas.use.length, 'area')}`}, without ${plural(areas.ignore.length, 'area')}`
    : 'all of the picture';
