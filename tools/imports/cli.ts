// `npm run check:imports`: who imports whom, circles, Node-only code and the sizes of folders.
import { fileURLToPath } from 'node:url';
import { findings } from './findings.ts';

const found = await findings(fileURLToPath(new URL('../..', import.meta.url)));
for (const sentence of found) console.error(sentence);
console.log(found.length === 0 ? 'Imports and folders are as the rules say.' : `${found.length} to mend.`);
process.exitCode = found.length === 0 ? 0 : 1;
