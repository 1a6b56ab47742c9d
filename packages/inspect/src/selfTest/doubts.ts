// What is known against a class beside its own self-test, and lasts whatever thresholds come.
import { ownValue } from '@pyramid-mamba/metrics';
import type { SelfTest } from '@pyramid-mamba/model';
import { countedBy, type Thresholds } from './counted.js';

/** By class, see `ClassSelfTest.doubt`. */
export type Doubts = ReadonlyMap<string, string>;

const MAY_BE_CHANCE =
  'a memory bank of other patches of the same pictures fails it, so that this one may pass by chance';

/** The doubts that a self-test holds. */
export const doubtsOf = (selfTest: SelfTest | undefined): Doubts =>
  new Map(
    Object.entries(selfTest ?? {}).flatMap(([name, { doubt }]) =>
      doubt === undefined ? [] : [[name, doubt]],
    ),
  );

/** Of the classes that pass, those that a model which sees nearly the same does not pass: of the two, one may let the class say OK by chance. */
export const doubtsBeside = (other: SelfTest | undefined, selfTest: SelfTest): Doubts =>
  new Map(
    Object.entries(selfTest).flatMap(([name, { passed }]) =>
      other && passed && ownValue(other, name)?.passed !== true ? [[name, MAY_BE_CHANCE]] : [],
    ),
  );

/**
 * A self-test whose classes have these doubts.
 *
 * @param calibration the thresholds that it is counted by
 */
export function withDoubts(
  selfTest: SelfTest,
  calibration: Readonly<Record<string, Thresholds>>,
  doubts: Doubts,
): SelfTest {
  const own = Object.create(null) as SelfTest;
  for (const [name, one] of Object.entries(selfTest)) {
    const doubt = doubts.get(name);
    const { scores } = one;
    own[name] =
      doubt === undefined || !scores
        ? one
        : countedBy({ ...one, scores, doubt }, ownValue(calibration, name));
  }
  return own;
}
