import { groupedBy } from '@pyramid-mamba/metrics';
import { plural } from './plural.js';

interface Named {
  readonly className: string;
  readonly id: string;
}

/** Of good pictures that were to set thresholds those whose part was not found, or of which nothing is judged, a note for each class. */
export function lostLines(lost: readonly Named[], all: readonly Pick<Named, 'className'>[]): string[] {
  return [...groupedBy(lost, ({ className }) => className)].map(([name, own]) => {
    const total = all.filter(({ className }) => className === name).length;
    const [set, them] = own.length === 1 ? ['it sets', 'it'] : ['they set', 'them'];
    const none = own.length === total ? `, and without others ${name} gets no verdicts` : '';
    return (
      `note: the part was not found, or not the whole of it, or nothing of the judged areas, in ${own.length} of ${plural(total, 'good picture')} of ${name} (first ${own[0]!.id}), ` +
      `so ${set} no thresholds${none}; look at ${them}, and remove what is not as a good picture must be`
    );
  });
}

/** Where classes are told of whose notes are too many. */
export const LOST_IN = 'their parts were not found in some good pictures either';
