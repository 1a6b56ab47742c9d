import { Command, CommanderError } from 'commander';
import { addAblate } from './commands/ablate.js';
import { addData } from './commands/data.js';
import { addDemo } from './commands/demo.js';
import { addDoctor } from './commands/doctor.js';
import { addEvaluate } from './commands/evaluate.js';
import { addPredict } from './commands/predict.js';
import { addReport } from './commands/report.js';
import { addTrain } from './commands/train.js';
import { describeFailure } from './errors.js';
import { processIo, type Io } from './io.js';
import { addView } from './commands/view.js';
import { addWeights } from './commands/weights.js';
import { version } from './version.js';

/**
 * Runs one command line (without `node` and the script) and returns its exit code: 0 done, 2 something the user can mend,
 * said in one sentence on stderr, 1 a fault of the program. Never throws and never ends the process.
 */
export async function main(argv: readonly string[], io: Io = processIo): Promise<number> {
  const program = new Command('pyramid-mamba')
    .description(
      'Finds defects on products it has only seen good pictures of: trains and evaluates Pyramid-Mamba models.',
    )
    .version(version)
    .showHelpAfterError('(--help lists what there is)')
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .exitOverride();
  addDemo(program, io);
  addTrain(program, io);
  addEvaluate(program, io);
  addPredict(program, io);
  addReport(program, io);
  addAblate(program, io);
  addData(program, io);
  addWeights(program, io);
  addDoctor(program, io);
  addView(program, io);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    // commander has printed its message; help and version end with 0
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { text, exitCode } = describeFailure(error);
    io.err(`${text}\n`);
    return exitCode;
  }
}
