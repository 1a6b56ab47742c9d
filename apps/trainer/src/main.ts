import { Command, CommanderError } from 'commander';
import { addAblate } from './commands/ablate.js';
import { addAudit } from './commands/audit.js';
import { addAreas } from './commands/areas.js';
import { addCompare } from './commands/compare.js';
import { addData } from './commands/data.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addEvaluate } from './commands/evaluate.js';
import { addExport } from './commands/export.js';
import { addLearn } from './commands/learn.js';
import { addPredict } from './commands/predict.js';
import { addReport } from './commands/report.js';
import { addServe } from './commands/serve.js';
import { addSubmit } from './commands/fleet/submit.js';
import { addTrain } from './commands/train.js';
import { describeFailure, UserError } from './errors.js';
import { processIo, spoken, type Io } from './terminal/io.js';
import { addView } from './commands/view.js';
import { addWorker } from './commands/fleet/worker.js';
import { addWeights } from './commands/weights.js';
import { version } from './version.js';

/** Throws a UserError for an empty option or argument, for example from an unset shell variable. */
function requireValues(command: Command): void {
  const isEmpty = (value: unknown): boolean =>
    Array.isArray(value) ? value.some(isEmpty) : typeof value === 'string' && value.trim() === '';
  const option = command.options.find((one) => isEmpty(command.getOptionValue(one.attributeName())));
  if (option) {
    throw new UserError(`${option.long ?? option.flags} is empty; pass a value, or omit the option`);
  }
  if (command.args.some(isEmpty)) {
    throw new UserError(`${command.name()}: an argument is empty; pass a value, or omit it`);
  }
}

/** All commands, ready to parse a command line. */
export function programOf(io: Io): Command {
  const program = new Command('pyramid-mamba')
    .description(
      'Visual anomaly detection: trains Pyramid-Mamba models on good pictures only, evaluates them and detects defects.',
    )
    .version(version)
    .showHelpAfterError('(--help lists the options)')
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .exitOverride()
    .hook('preAction', (_, command) => requireValues(command));
  const commands = [
    addDemo,
    addTrain,
    addEvaluate,
    addPredict,
    addServe,
    addWorker,
    addSubmit,
    addAudit,
    addExport,
    addAreas,
    addLearn,
    addReport,
    addAblate,
    addCompare,
    addData,
    addWeights,
    addDoctor,
    addView,
  ];
  for (const add of commands) add(program, io);
  return program;
}

/**
 * Runs one command line (without `node` and the script) and returns its exit code: 0 success, 2 an error that the user can fix,
 * in one sentence on stderr, 1 a bug in the program. Never throws and never exits the process.
 */
export async function main(argv: readonly string[], terminal: Io = processIo): Promise<number> {
  const io = spoken(terminal);
  try {
    await programOf(io).parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    // commander has printed its message; help and version end with 0
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { text, exitCode } = describeFailure(error);
    io.err(`${text}\n`);
    return exitCode;
  }
}
