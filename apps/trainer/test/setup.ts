// Runs with each test file, also where files share the modules that they import: a hook of a shared module would be that of the first file alone.
import { afterAll, beforeAll, expect } from 'vitest';
import { commandLine } from './bundled.js';
import { removeTemporaryFolders } from './temporary.js';

// the threads that these tests start find it
beforeAll(async () => {
  if (expect.getState().testPath?.replaceAll('\\', '/').includes('/apps/trainer/test/')) await commandLine();
});
afterAll(removeTemporaryFolders);
