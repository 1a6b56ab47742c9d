// npm run tensorflow:enable -- [--tensorflow FOLDER] [--python PATH] [--stock] [--gpu]: installs tfjs-node for --backend tensorflow.
import { parseArgs } from 'node:util';
import { tensorflowFolder } from '@pyramid-mamba/ssm-kernels/tensorflow';
import { enable } from './enable.ts';
import { EnableError } from './errors.ts';
import { run } from './run.ts';

try {
  const { values } = parseArgs({
    options: {
      tensorflow: { type: 'string' },
      python: { type: 'string' },
      stock: { type: 'boolean', default: false },
      gpu: { type: 'boolean', default: false },
    },
  });
  enable({ folder: tensorflowFolder(), env: process.env, ...values }, run, (line) => console.log(line));
} catch (error) {
  const { code } = error as { code?: string };
  if (!(error instanceof EnableError) && !code?.startsWith('ERR_PARSE_ARGS')) throw error;
  console.error(`tensorflow:enable: ${(error as Error).message}`);
  process.exitCode = 2;
}
