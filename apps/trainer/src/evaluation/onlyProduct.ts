import type { Dataset, Sample } from '@pyramid-mamba/data';
import type { ModelInfo } from '@pyramid-mamba/model';

/**
 * Test pictures of a model of one product are that product's, whatever the folder is called that holds `good/` and `bad/`: under the
 * folder's name they would have no thresholds. A folder of several products is left as it is.
 *
 * @returns the data set, and a sentence where the name was changed
 */
export function asOnlyProduct(
  dataset: Dataset,
  { classes }: Pick<ModelInfo, 'classes'>,
): { dataset: Dataset; note?: string } {
  const [own] = classes;
  const [there] = dataset.classes;
  const one = classes.length === 1 && dataset.classes.length === 1;
  if (!one || own === undefined || there === undefined || own === there) return { dataset };
  const renamed = (samples: readonly Sample[]): Sample[] =>
    samples.map((sample) => ({ ...sample, className: own }));
  const { validation } = dataset;
  return {
    dataset: {
      ...dataset,
      classes: [own],
      train: renamed(dataset.train),
      test: renamed(dataset.test),
      ...(validation && { validation: renamed(validation) }),
    },
    note: `the pictures of "${there}" are judged as ${own}, the model's only product`,
  };
}
