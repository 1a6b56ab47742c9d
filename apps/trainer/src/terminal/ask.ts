import { createInterface } from 'node:readline';
import { INTERRUPTED } from './exitCode.js';

/**
 * Asks a question on the process's terminal and resolves to whether the answer is yes. No answer, or the end of the input, is no;
 * Ctrl+C ends the process.
 */
export function askTerminal(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((done) => {
    lines.once('SIGINT', () => {
      process.stderr.write('\n');
      process.exit(INTERRUPTED);
    });
    lines.once('close', () => done(false));
    lines.question(`${question} [y/N] `, (answer) => {
      done(isYes(answer));
      lines.close();
    });
  });
}

/** Whether an answer is yes. */
export const isYes = (answer: string): boolean => /^y(es)?$/i.test(answer.trim());
