import { resolve } from 'node:path';
import { fitRgb, fittedSize, syntheticDataset, type RgbImage } from '@pyramid-mamba/data';
import { decodeRgb, writeFileAtomic } from '@pyramid-mamba/data/node';
import { exportedProducts, Inspector } from '@pyramid-mamba/inspect';
import { inputOf, methodOf, type ModelInput, type Size } from '@pyramid-mamba/model';
import { onnxModel } from '@pyramid-mamba/model/onnx';
import { Option, type Command } from 'commander';
import { BACKEND_OPTION, pickBackend } from '../backend.js';
import { UserError } from '../errors.js';
import { parityOf, TOLERANCE, type Parity } from '../onnx/parity.js';
import { onnxRuntime, RUNTIME } from '../onnx/runtime.js';
import { picturePaths } from '../predict/paths.js';
import { inputSides } from '../settings/options.js';
import { answer, JSON_OPTION, say, type Io } from '../terminal/io.js';
import { NEXT } from '../terminal/nextSteps.js';
import { plural } from '../text/plural.js';
import { readUserFile } from '../weights/encoderSource.js';
import { modelFileOf } from './predict.js';

interface ExportOptions {
  model: string;
  out?: string;
  pictures?: string[];
  pictureSize?: Size;
  backend: string;
  json?: boolean;
}

/** Pictures that are compared. */
const COMPARED = 8;

export function addExport(program: Command, io: Io): void {
  program
    .command('export')
    .description('write a model as one file for other programs, compared with the model before it is written')
    .requiredOption('--model <file>', 'a model file, or the folder of a run')
    .addOption(
      new Option('--format <name>', 'onnx: standard operators, opset 18').choices(['onnx']).default('onnx'),
    )
    .option('--out <file>', 'file to write (default: the model file with .onnx)')
    .option(
      '--pictures <path...>',
      `pictures or folders: the first ${COMPARED} are compared (default: drawn ones)`,
    )
    .option(
      '--picture-size <HxW>',
      'for a model trained with --fit pad: height and width of the pictures in pixels, before they are resized; default: those of the first picture',
      inputSides,
    )
    .option(...BACKEND_OPTION, 'auto')
    .option(...JSON_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  pyramid-mamba export --model runs/first --format onnx --pictures photos/good',
    )
    .action((options: ExportOptions) => answer(io, options.json, (talk) => runExport(options, talk)));
}

async function runExport(options: ExportOptions, io: Io) {
  const file = modelFileOf(options.model);
  const out = resolve(options.out ?? file.replace(/(\.safetensors)?$/, '.onnx'));
  const bytes = await readUserFile(file, '--model');
  say(io, (await pickBackend(options.backend)).line);
  const inspector = Inspector.open(bytes, file, NEXT);
  try {
    const { model, info } = inspector;
    if (info.locating)
      throw new UserError(
        'export: a model that locates its part cannot be exported to ONNX yet: judge with this program, or train a model without --locate',
      );
    const input = inputOf(model.config);
    const given = await givenPictures(options.pictures, io);
    const picture = sizeOf(input, options.pictureSize, given[0]);
    const exported = await onnxModel(model, {
      picture,
      products: exportedProducts(info, methodOf(model.config).largestScore(model.config), picture),
      metadata: {
        ...(info.licence !== undefined && { licence: info.licence }),
        ...(info.fingerprint !== undefined && { fingerprint: info.fingerprint }),
      },
    });
    const size = `${picture.height}x${picture.width}`;
    const fitted = given.map((one) => fitRgb(one, input));
    const alike = fitted.filter(({ width, height }) => width === picture.width && height === picture.height);
    if (alike.length < fitted.length)
      say(
        io,
        `not compared: ${plural(fitted.length - alike.length, 'picture')} of another aspect than ${size}`,
      );
    const pictures = alike.length > 0 ? alike : await drawn(picture);
    const what = alike.length > 0 ? 'given' : 'drawn';
    const runtime = onnxRuntime();
    const parity = runtime ? await parityOf(runtime, exported, inspector, pictures) : undefined;
    if (parity) requireParity(parity);
    await writeFileAtomic(out, exported);
    say(io, `wrote ${out}: ${(exported.length / 1e6).toFixed(1)} MB, pictures of ${size} pixels`);
    say(io, parity ? parityLine(parity, what) : unchecked(out));
    return {
      file: out,
      bytes: exported.length,
      picture,
      parity: parity ? { ...parity, compared: what } : null,
    };
  } finally {
    inspector.dispose();
  }
}

async function givenPictures(paths: readonly string[] | undefined, io: Io): Promise<RgbImage[]> {
  if (!paths) return [];
  const { pictures } = await picturePaths(paths, (sentence) => say(io, `note: ${sentence}`));
  const found: RgbImage[] = [];
  for (const path of pictures.slice(0, COMPARED))
    found.push(await decodeRgb(await readUserFile(path, '--pictures'), path));
  return found;
}

/** The size of pictures within the input. */
function sizeOf(input: ModelInput, given: Size | undefined, first: RgbImage | undefined): Size {
  if (given && input.fit !== 'pad')
    throw new UserError(
      'export: --picture-size is for models trained with --fit pad; this one stretches every picture to its input: omit it',
    );
  return fittedSize(given ?? first ?? input, input);
}

/** Pictures of the program's own, where none are given. */
async function drawn({ height, width }: Size): Promise<RgbImage[]> {
  const set = syntheticDataset({ trainPerClass: 0, testGoodPerClass: 1, testPerDefect: 0 });
  const input = { height, width, fit: 'stretch' } as const;
  return Promise.all(set.test.slice(0, COMPARED).map(async (sample) => (await sample.load(input)).image));
}

function requireParity({ map, score, differ, pictures }: Parity): void {
  if (map <= TOLERANCE && score <= TOLERANCE && differ === 0) return;
  throw new UserError(
    `export: the file does not compute what the model computes: maps differ by ${map.toExponential(1)}, scores by ${score.toExponential(1)}, ` +
      `expected at most ${TOLERANCE}, and ${differ} of ${pictures} verdicts differ; nothing was written: try \`--backend wasm\`, and report it if that does not help`,
  );
}

const milliseconds = (seconds: number): string => `${Math.round(1000 * seconds)} ms`;

const parityLine = ({ map, score, pictures, seconds, ownSeconds }: Parity, what: string): string =>
  `compared on ${plural(pictures, `${what} picture`)}: maps differ by ${map.toExponential(1)}, scores by ${score.toExponential(1)} at most, ` +
  `verdicts by none; ${milliseconds(seconds)} per picture in onnxruntime, ${milliseconds(ownSeconds)} here`;

const unchecked = (out: string): string =>
  `not compared with the model, since ${RUNTIME} is not installed: run \`npm install ${RUNTIME}\` in this folder and export again ` +
  `before ${out} is used`;
