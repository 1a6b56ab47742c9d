// Setup file of the long tests: records what each test file's process used, with the processes it started.
import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';

/** Processor seconds of child processes that have ended; 0 where the system does not tell. */
function ofChildren(): number {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
    // cutime and cstime, in hundredths
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return 0;
  }
}

afterAll(() => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cpuSeconds = (userCPUTime + systemCPUTime) / 1e6 + ofChildren();
  const used = { file: expect.getState().testPath, mebibytes: Math.round(maxRSS / 1024), cpuSeconds };
  appendFileSync(process.env['LONG_MEMORY']!, `${JSON.stringify(used)}\n`);
});
