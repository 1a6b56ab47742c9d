import { someOf } from '@pyramid-mamba/data';
import type { SelfTest } from '@pyramid-mamba/model';

/** What helps a model that did not pass its self-test, a sentence; undefined where all classes passed. */
export function adviceOf(selfTest: SelfTest): string | undefined {
  const weak = Object.entries(selfTest).filter(([, { passed }]) => !passed);
  if (weak.length === 0) return undefined;
  const withoutReal = weak.some(([, { real }]) => real === undefined);
  const fewest = Math.min(...weak.map(([, { good }]) => good.pictures));
  const helps = [
    ...(withoutReal ? ['a few pictures of real defects'] : []),
    `more good pictures (${fewest} tested it)`,
    'a longer training',
  ];
  const names = weak.map(([name]) => name);
  return `${someOf(names)} ${names.length === 1 ? 'gets' : 'get'} no OK from this model. What helps: ${helps.slice(0, -1).join(', ')} or ${helps.at(-1)!}.`;
}
