// Which of a bank, a network and both together stays.
import { methodOf, type DetectorConfig, type SelfTest } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { bestOf, type Candidate } from '../src/index.js';

const tested = (figure: number, found: number, passed = true): SelfTest =>
  ({ tile: { figure, passed, clear: { drawn: 40, found, placed: found } } }) as unknown as SelfTest;
const candidate = (config: DetectorConfig, selfTest?: SelfTest): Candidate => ({
  config,
  info: selfTest ? { selfTest } : {},
});
const config = (method: string, preset: string) => methodOf({ method }).presets[preset]!.model;
const bank = candidate(config('patchcore', 'fast'), tested(0.9, 30));
const network = candidate(config('rd4ad', 'tiny'), tested(0.8, 30));
const both = (selfTest?: SelfTest) => candidate(config('ensemble', 'best'), selfTest);

test.each([
  [
    'finds no fewer than chance may cost it',
    both(tested(0.9, 28)),
    true,
    /bank with the map of both, 28 of 40/,
  ],
  ['finds fewer', both(tested(0.95, 20)), false, /20 of 40 clear drawn defects are found, 30 before/],
  ['fails where the bank passes', both(tested(0.95, 35, false)), false, /fails its self-test on tile/],
  ['was not tested', both(), false, /could not test itself/],
])('the bank’s scores with the map of both: one that %s', (_, one, isTaken, sentence) => {
  const { best, reason } = bestOf(bank, network, one);
  expect(best).toBe(isTaken ? one : bank);
  expect(reason).toMatch(sentence);
});

test('the reason says how much of each map is the network’s', () => {
  const one = candidate(config('ensemble', 'best'), tested(0.9, 30));
  const shares = { tile: 0.5, wood: 0.125, cable: 0.5 };
  const { reason } = bestOf(bank, network, { ...one, info: { ...one.info, training: { shares } } });
  expect(reason).toMatch(/; the map is 50 % RD4AD's for tile, cable; 13 % for wood$/);
});

test('an ensemble with scores of its own must have the higher figure', () => {
  const own = (figure: number) => candidate(config('ensemble', 'ensemble'), tested(figure, 30));
  const equal = own(0.9);
  expect(bestOf(bank, network, equal).best).toBe(bank);
  const better = own(0.91);
  expect(bestOf(bank, network, better).best).toBe(better);
});
