import { z } from 'zod';
import { encoderConfigSchema } from '../../encoders/registry.js';
import { inputOf, withInput } from '../../inference/input.js';
import { checkInput, inputShape } from '../../inference/inputSchema.js';
import type { DetectorConfig, MapConfig, Method } from '../types.js';

export const NAME = 'ensemble';

/** The registered methods: the registry itself imports this one. */
export type Methods = (config: { readonly method?: string | undefined }) => Method;

/** How a member's map is made: all that is needed for it without the member. */
export interface MemberMap {
  /** As in `members`. */
  readonly method: string;
  /** Small maps that the member gives for a picture. */
  readonly levels: number;
  readonly map: MapConfig;
}

const COMBINE = ['mean', 'largest', 'stretched-mean', 'stretched-square'] as const;

export interface EnsembleMapConfig extends MapConfig {
  /** The largest of the members'. */
  readonly sigma: number;
  /**
   * At each pixel the mean of the members' maps, or the largest of their values. `stretched-mean` is the mean, multiplied so that its maximum is the
   * first member's score: the first says how much of a defect there is, all of them where. `stretched-square` is the square of the mean, multiplied so: the
   * largest value stays, what is around it fades.
   */
  readonly combine: (typeof COMBINE)[number];
  /** In the order of `members`. */
  readonly members: readonly MemberMap[];
}

export interface EnsembleConfig extends DetectorConfig {
  readonly method: typeof NAME;
  /** The members' configurations without what they share (encoder, input) and without `map`. */
  readonly members: readonly ({ readonly method: string } & Readonly<Record<string, unknown>>)[];
  readonly map: EnsembleMapConfig;
}

/** Whether the score of an ensemble is its first member's. */
export const isStretched = ({ combine }: Pick<EnsembleMapConfig, 'combine'>): boolean =>
  combine === 'stretched-mean' || combine === 'stretched-square';

const sigma = z.number().positive();
const shape = z.strictObject({
  method: z.literal(NAME),
  // the members see the same pixels, since they share one pass of the encoder
  ...inputShape,
  encoder: encoderConfigSchema,
  members: z
    .array(z.looseObject({ method: z.string() }))
    .min(2)
    .max(8),
  map: z.strictObject({
    sigma,
    combine: z.enum(COMBINE),
    members: z.array(
      z.strictObject({
        method: z.string(),
        levels: z.number().int().positive(),
        map: z.looseObject({ sigma }),
      }),
    ),
  }),
});

/** The configuration of each member, as its own method has it. */
export function memberConfigs(config: EnsembleConfig): DetectorConfig[] {
  const { encoder, members, map, tiles } = config;
  const input = inputOf(config);
  return members.map((member, i) =>
    withInput<DetectorConfig>(
      { ...member, encoder, map: map.members[i]!.map, ...(tiles && { tiles }) },
      input,
    ),
  );
}

/** A detector's configuration as an ensemble's member has it: without what the members share. */
export function ownSettings(config: DetectorConfig): EnsembleConfig['members'][number] {
  const { map: _, encoder: _e, inputSize: _s, input: _i, fit: _f, tiles: _t, ...rest } = config;
  return { ...rest, method: config.method! };
}

export const ensembleConfigSchema = (methodOf: Methods): z.ZodType<EnsembleConfig> =>
  shape.superRefine((config, context) => {
    checkInput(config, 1, context);
    const { members, map } = config;
    const refuse = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if (map.members.length !== members.length)
      return refuse(
        ['map', 'members'],
        `expected one entry for each of ${members.length} members, found ${map.members.length}`,
      );
    const largest = Math.max(...map.members.map((member) => member.map.sigma));
    if (map.sigma !== largest)
      refuse(['map', 'sigma'], `expected the largest of its members' (${largest}), found ${map.sigma}`);
    // only then has the configuration an input
    if ((config.inputSize === undefined) === (config.input === undefined)) return;
    for (const [i, member] of memberConfigs(config as EnsembleConfig).entries()) {
      if (map.members[i]!.method !== member.method)
        refuse(
          ['map', 'members', i, 'method'],
          `expected ${member.method}, as in members, found ${map.members[i]!.method}`,
        );
      if (member.method === NAME) {
        refuse(['members', i, 'method'], 'an ensemble cannot be a member of another one');
        continue;
      }
      const checked = schemaOf(methodOf, member);
      if (typeof checked === 'string') {
        refuse(['members', i, 'method'], checked);
        continue;
      }
      const found = checked.safeParse(member);
      if (found.success) {
        const wanted = methodOf(member).levelCount(member);
        if (map.members[i]!.levels !== wanted)
          refuse(['map', 'members', i, 'levels'], `expected ${wanted}, found ${map.members[i]!.levels}`);
      }
      for (const { path, message } of found.error?.issues ?? [])
        refuse(
          path[0] === 'map' ? ['map', 'members', i, ...path.map(keyOf)] : ['members', i, ...path.map(keyOf)],
          message,
        );
    }
  }) as unknown as z.ZodType<EnsembleConfig>;

const keyOf = (key: PropertyKey): string | number => (typeof key === 'symbol' ? String(key) : key);

/** The schema of a member's method, or why there is none. */
function schemaOf(methodOf: Methods, member: DetectorConfig): z.ZodType | string {
  try {
    return methodOf(member).configSchema;
  } catch (error) {
    return (error as Error).message;
  }
}
