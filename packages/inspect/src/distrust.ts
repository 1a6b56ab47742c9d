import { ownValue } from '@pyramid-mamba/metrics';
import type { ModelInfo } from '@pyramid-mamba/model';

/** The doubt about every picture of a class whose self-test failed, without the file's own reason. */
const NOT_PASSED = 'it did not find enough of the defects that were drawn on good pictures';

/**
 * The doubt about every OK of a class: its self-test failed. undefined where it passed, and in files without one.
 *
 * @param className null where the model did not recognise the product
 */
export function distrustOf(
  { selfTest }: Pick<ModelInfo, 'selfTest'>,
  className: string | null,
): string | undefined {
  if (className === null || selfTest === undefined) return undefined;
  const own = ownValue(selfTest, className);
  // a class that was not tested has nothing to distrust it by
  if (own === undefined || own.passed) return undefined;
  return `the model failed its self-test for ${className}: ${own.reason ?? NOT_PASSED}`;
}
