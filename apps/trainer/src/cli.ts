import { main } from './main.js';
import { launchedBy } from './mpi/launched.js';
import { mainOfJob } from './mpi/main.js';

// a closed pipe (`… | head`) is fine; a full disk behind stdout is an error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
  process.exit(2);
});

const launched = launchedBy(process.env);
const words = process.argv.slice(2);
process.exitCode = await (launched ? mainOfJob(words, launched) : main(words));
