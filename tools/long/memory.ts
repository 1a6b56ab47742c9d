// Setup file of the long tests: records the peak memory of each test file's process.
import { appendFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';

afterAll(() => {
  const mebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
  appendFileSync(
    process.env['LONG_MEMORY']!,
    `${JSON.stringify({ file: expect.getState().testPath, mebibytes })}\n`,
  );
});
