// The command line as a process that a test can kill: `processes.ts` bundles it. The environment names the fault that is armed first.
import { writeFileSync } from 'node:fs';
import { mainOfProcess } from '../../src/mpi/main.js';
import { arm, disarm, install, type Fault } from './injected.js';

const { FAULT, FAULT_UNDER, FAULT_LOG } = process.env;

async function run(): Promise<void> {
  if (FAULT_UNDER !== undefined) {
    await install();
    arm(FAULT_UNDER, FAULT === undefined ? undefined : (JSON.parse(FAULT) as Fault));
    process.on('exit', () => {
      if (FAULT_LOG !== undefined) writeFileSync(FAULT_LOG, JSON.stringify(disarm()));
    });
  }
  process.exitCode = await mainOfProcess(process.argv.slice(2));
}

void run();
