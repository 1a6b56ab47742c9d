import { mainOfProcess } from './mpi/main.js';

// a closed pipe (`… | head`) is fine; a full disk behind stdout is an error
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
  process.exit(2);
});

process.exitCode = await mainOfProcess(process.argv.slice(2));
