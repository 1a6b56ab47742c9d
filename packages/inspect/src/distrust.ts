import { ownValue } from '@pyramid-mamba/metrics';
import type { ModelInfo } from '@pyramid-mamba/model';

/** The doubt about every picture of a class whose self-test failed, without the file's own reason. */
const NOT_PASSED = 'it did not find enough of the defects that were drawn on good pictures';

/**
 * The doubt about every OK of a class: its self-test failed, or tested other classes only, as where each of its pictures is a copy of another.
 * undefined where it passed, and in files without a self-test.
 *
 * @param className null where the model did not recognise the product
 */
export function distrustOf(
  { selfTest }: Pick<ModelInfo, 'selfTest'>,
  className: string | null,
): string | undefined {
  if (className === null || selfTest === undefined) return undefined;
  const own = ownValue(selfTest, className);
  if (own === undefined) return `the model could not test itself for ${className}`;
  if (own.passed) return undefined;
  return `the model failed its self-test for ${className}: ${own.reason ?? NOT_PASSED}`;
}
