// Preloaded into a command's process (--import): arms the fault named by the environment.
import { arm, disarm, install, type Fault } from './injected.js';
import { writeFileSync } from 'node:fs';

const { FAULT, FAULT_UNDER, FAULT_LOG } = process.env;
await install();
arm(FAULT_UNDER!, FAULT === undefined ? undefined : (JSON.parse(FAULT) as Fault));
process.on('exit', () => {
  if (FAULT_LOG !== undefined) writeFileSync(FAULT_LOG, JSON.stringify(disarm()));
});
