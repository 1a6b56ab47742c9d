import { Command, CommanderError } from 'commander';
import { addAblate } from './commands/ablate.js';
import { addData } from './commands/data.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addEvaluate } from './commands/evaluate.js';
import { addPredict } from './commands/predict.js';
import { addReport } from './commands/report.js';
import { addTrain } from './commands/train.js';
import { describeFailure, UserError } from './errors.js';
import { processIo, type Io } from './io.js';
import { addView } from './commands/view.js';
import { addWeights } from './commands/weights.js';
import { version } from './version.js';

/** Throws a UserError for an option or an argument that is given as an empty text, as an unset variable of a shell gives it. */
function requireValues(command: Command): void {
  const isEmpty = (value: unknown) => typeof value === 'string' && value.trim() === '';
  const option = command.options.find((one) => isEmpty(command.getOptionValue(one.attributeName())));
  if (option) {
    throw new UserError(`${option.long ?? option.flags} is empty; give a value, or leave the option out`);
  }
  if (command.args.some(isEmpty)) {
    throw new UserError(`${command.name()}: an argument is empty; give a value, or leave it out`);
  }
}

/** All commands, ready to parse a command line. */
export function programOf(io: Io): Command {
  const program = new Command('pyramid-mamba')
    .description(
      'Finds defects on products it has only seen good pictures of: trains and evaluates Pyramid-Mamba models.',
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
    addReport,
    addAblate,
    addData,
    addWeights,
    addDoctor,
    addView,
  ];
  for (const add of commands) add(program, io);
  return program;
}

/**
 * Runs one command line (without `node` and the script) and returns its exit code: 0 done, 2 something the user can fix,
 * said in one sentence on stderr, 1 a fault of the program. Never throws and never ends the process.
 */
export async function main(argv: readonly string[], io: Io = processIo): Promise<number> {
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
