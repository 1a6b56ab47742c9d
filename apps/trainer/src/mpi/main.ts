// The command line as one process of an MPI job: rank 0 runs the command, the others take their share of its pictures.
import { describeFailure, UserError } from '../errors.js';
import { main } from '../main.js';
import { onStderr, processIo, say } from '../terminal/io.js';
import { launchedBy, type Launched } from './launched.js';
import { openMpi } from './library.js';
import { packed } from './messages.js';
import { followRankZero } from './rank.js';
import { joined } from './joined.js';
import { World } from './world.js';

/** The commands whose work is shared among processes. */
const SHARED = ['train', 'predict', 'evaluate'];

/** `main` for a process of its own, and for one that `mpirun` or `srun` has started among others. Returns the exit code. */
export async function mainOfProcess(argv: readonly string[]): Promise<number> {
  const launched = launchedBy(process.env);
  return launched ? mainOfJob(argv, launched) : main(argv);
}

async function mainOfJob(argv: readonly string[], launched: Launched): Promise<number> {
  const { rank, size } = launched;
  const command = argv.find((word) => !word.startsWith('-')) ?? '';
  if (!SHARED.includes(command)) {
    // a launcher ends all as soon as one fails: the others leave that to the one that speaks
    if (rank > 0) return 0;
    processIo.err(
      `error: mpirun: ${command || 'this'} does not share its work among ${size} processes; run it without mpirun, where it uses all cores of a machine\n`,
    );
    return 2;
  }
  try {
    const world = new World(await openMpi());
    if (world.size !== size)
      throw new UserError(
        `mpi: the launcher started ${size} processes, but ${world.version} knows ${world.size}: its library and mpirun are of ` +
          'different implementations; start the job with the mpirun that belongs to the library',
      );
    return await (rank === 0 ? lead(world, command, argv) : follow(world, launched));
  } catch (error) {
    const { text, exitCode } = describeFailure(error);
    processIo.err(`process ${rank} of ${size}: ${text}\n`);
    return exitCode;
  }
}

async function lead(world: World, command: string, argv: readonly string[]): Promise<number> {
  joined.job = { world };
  // with --json, stdout is one document, and that of `predict` has lines of JSON
  const io = argv.includes('--json') || command === 'predict' ? onStderr(processIo) : processIo;
  const shared = command === 'train' ? 'each batch' : 'the pictures';
  say(io, `MPI: ${world.size} processes share ${shared} (${world.version})`);
  const code = await main(argv);
  if (world.lost) world.abort(code);
  else {
    await world.broadcast(packed({ kind: 'stop' }));
    await world.finish(code);
  }
  return code;
}

async function follow(world: World, launched: Launched): Promise<number> {
  try {
    await followRankZero(world, launched);
    await world.finish(0);
    return 0;
  } catch (error) {
    const { text, exitCode } = describeFailure(error);
    processIo.err(`process ${world.rank} of ${world.size}: ${text}\n`);
    world.abort(exitCode);
    return exitCode;
  }
}
