// Runs with each test file, also where files share the modules that they import: a hook of a shared module would be that of the first file alone.
import { afterAll } from 'vitest';
import { removeTemporaryFolders } from './temporary.js';

afterAll(removeTemporaryFolders);
