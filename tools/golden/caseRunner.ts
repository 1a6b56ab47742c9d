import type { Check } from './check.ts';
import type { GoldenCase } from './directory.ts';

/** Computes a case with the packages' public functions and compares. */
export type Runner = (golden: GoldenCase, check: Check) => void | Promise<void>;
