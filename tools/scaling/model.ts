// How training and judging grow with machines, on paper: what `docs/scaling.md` prints. Every number that is not counted by the program is an
// assumption of the caller's.

/** Bytes per second of a link of so many gigabits. */
export const gigabit = (count: number): number => (count * 1e9) / 8;

/** What a step of training takes and sends; one process a machine. */
export interface TrainingFacts {
  /** Seconds in which a machine computes the gradient of one picture. */
  readonly secondsPerPicture: number;
  /** Pictures of a step on each machine. */
  readonly picturesEach: number;
  /** Bytes of loss, gradients and statistics that a rank gives to the others. */
  readonly gradientBytes: number;
  /** Bytes of features that rank 0 sends for each picture. */
  readonly featureBytes: number;
  /** Bytes per second that a machine sends, and at the same time receives. */
  readonly link: number;
  /** Bytes of gradients that a process adds up in a second. */
  readonly adding: number;
}

/** How gradients get everywhere: each to each, as the program does it, or in shares around a ring, which it does not do. */
export type Exchange = 'gather' | 'ring';

export interface Step {
  readonly machines: number;
  /** Seconds: the gradient, the features from rank 0, the exchange of gradients, their sum. */
  readonly compute: number;
  readonly features: number;
  readonly exchange: number;
  readonly adding: number;
  /** Pictures a second of all machines. */
  readonly rate: number;
  /** The share of the rate of so many machines that need not wait for each other. */
  readonly efficiency: number;
  /** Bytes that a process holds of gradients of all. */
  readonly memory: number;
}

/** A step of `machines` machines, where nothing overlaps. */
export function trainingStep(facts: TrainingFacts, machines: number, by: Exchange): Step {
  const { secondsPerPicture, picturesEach, gradientBytes, featureBytes, link } = facts;
  const others = machines - 1;
  const compute = secondsPerPicture * picturesEach;
  const features = (others * picturesEach * featureBytes) / link;
  // gathered, each rank receives all of the others; around a ring it receives twice its share of all but itself
  const received = by === 'gather' ? others * gradientBytes : (2 * others * gradientBytes) / machines;
  const exchange = received / link;
  const summed = by === 'gather' ? machines * gradientBytes : (others * gradientBytes) / machines;
  const adding = machines === 1 ? 0 : summed / facts.adding;
  const rate = (machines * picturesEach) / (compute + features + exchange + adding);
  return {
    machines,
    compute,
    features,
    exchange,
    adding,
    rate,
    efficiency: (rate * secondsPerPicture) / machines,
    memory: machines === 1 ? 0 : (by === 'gather' ? machines : 1) * gradientBytes,
  };
}

/** What a fleet judges and sends. */
export interface FleetFacts {
  readonly picturesPerDay: number;
  /** The busiest second, as a multiple of the mean. */
  readonly peak: number;
  /** Seconds in which one core judges a picture. */
  readonly secondsPerPicture: number;
  /** Bytes of a picture's file, and of its result. */
  readonly pictureBytes: number;
  readonly resultBytes: number;
  /** Messages that a picture makes at the broker, its chunks in the object store included. */
  readonly messages: number;
  /** Messages that the broker stores in a second. */
  readonly brokerMessages: number;
  /** Bytes per second of the broker's link in each direction, and of its disk. */
  readonly link: number;
  readonly disk: number;
  /** Days for which results are kept. */
  readonly daysKept: number;
}

export interface FleetLoad {
  /** Pictures in the busiest second. */
  readonly rate: number;
  /** Cores that this keeps busy. */
  readonly cores: number;
  /** Used shares of what the broker has, in that second. */
  readonly link: number;
  readonly disk: number;
  readonly messages: number;
  /** Bytes of results on the broker's disk. */
  readonly kept: number;
  /** Pictures a day at which the first of the broker's parts is used up. */
  readonly most: number;
  readonly first: 'link' | 'disk' | 'messages';
}

/** What so many pictures a day need. A picture goes through the broker once in each direction, and to its disk. */
export function fleetLoad(facts: FleetFacts): FleetLoad {
  const rate = (facts.peak * facts.picturesPerDay) / 86_400;
  const used = {
    link: (rate * (facts.pictureBytes + facts.resultBytes)) / facts.link,
    disk: (rate * (facts.pictureBytes + facts.resultBytes)) / facts.disk,
    messages: (rate * facts.messages) / facts.brokerMessages,
  };
  const [first] = (['link', 'disk', 'messages'] as const).toSorted((a, b) => used[b] - used[a]);
  return {
    rate,
    cores: rate * facts.secondsPerPicture,
    ...used,
    kept: facts.daysKept * facts.picturesPerDay * facts.resultBytes,
    most: facts.picturesPerDay / used[first!],
    first: first!,
  };
}
