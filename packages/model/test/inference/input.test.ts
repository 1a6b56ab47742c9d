import { beforeAll, describe, expect, test } from 'vitest';
import {
  describeInput,
  imageTensor,
  inputOf,
  modelConfigSchema,
  placed,
  preprocessingOf,
  shortInput,
  withInput,
  type ModelConfig,
} from '../../src/index.js';
import { smallConfig, use } from '../kit.js';

describe('the input of a configuration', () => {
  test('is a square that pictures are stretched to, a rectangle, or one that keeps the aspect', () => {
    expect(inputOf({ inputSize: 64 })).toEqual({ height: 64, width: 64, fit: 'stretch' });
    expect(inputOf({ input: [64, 128] })).toEqual({ height: 64, width: 128, fit: 'stretch' });
    expect(inputOf({ input: [64, 128], fit: 'pad' })).toEqual({ height: 64, width: 128, fit: 'pad' });
    expect(() => inputOf({})).toThrow(/neither inputSize nor input/);
  });

  test('is written as version 1 wrote it where version 1 could', () => {
    const { inputSize: _, ...rest } = smallConfig();
    const before = { input: [96, 96] as [number, number], fit: 'stretch' as const, ...rest };
    expect(withInput<ModelConfig>(before, inputOf(before))).toEqual({ inputSize: 96, ...rest });
    const wide = withInput(smallConfig(), { height: 64, width: 96, fit: 'pad' });
    expect(wide).toEqual({ input: [64, 96], fit: 'pad', ...rest });
    expect(preprocessingOf(smallConfig())).toEqual({
      inputSize: 64,
      resize: 'bilinear-antialias',
      normalize: 'imagenet',
    });
    expect(preprocessingOf(wide)).toEqual({
      input: [64, 96],
      fit: 'pad',
      resize: 'bilinear-antialias',
      normalize: 'imagenet',
      border: 'centred, imagenet mean',
    });
  });

  const faultOf = (change: object): string | undefined => {
    const { inputSize: _, ...rest } = smallConfig();
    return modelConfigSchema.safeParse({ ...rest, ...change }).error?.issues[0]?.message;
  };
  test.each<[object, string | undefined]>([
    [{ input: [64, 128] }, undefined],
    [{ input: [64, 128], fit: 'pad' }, undefined],
    [{ inputSize: 64, fit: 'pad' }, undefined],
    [{ inputSize: 63 }, 'the input size must be a multiple of 32'],
    [{ input: [64, 100] }, 'height and width must be multiples of 32, got 64 and 100'],
    [{ input: [64, 64], inputSize: 64 }, 'inputSize and input are both given; omit one of them'],
    [{}, 'expected a side in pixels, or input: [height, width]'],
  ])('%j is %s', (change, fault) => expect(faultOf(change)).toBe(fault));

  test('is described', () => {
    expect(describeInput({ height: 64, width: 64, fit: 'stretch' })).toBe('64×64 pixels');
    expect(describeInput({ height: 64, width: 128, fit: 'pad' })).toBe(
      '64×128 pixels (height × width), aspect kept',
    );
    expect(shortInput({ height: 64, width: 64, fit: 'stretch' })).toBe('64 px');
    expect(shortInput({ height: 64, width: 128, fit: 'stretch' })).toBe('64×128 px');
  });
});

beforeAll(() => use('cpu'));

test('a smaller picture is in the centre of the input, and its border is 0', async () => {
  expect(placed({ height: 5, width: 4 }, { height: 2, width: 4 })).toEqual({
    left: 0,
    top: 1,
    height: 2,
    width: 4,
  });
  expect(() => placed({ height: 2, width: 2 }, { height: 3, width: 2 })).toThrow(/does not fit/);
  const small = { height: 1, width: 2, data: Float32Array.of(1, 2, 3, 4, 5, 6) };
  const full = Float32Array.from({ length: 2 * 3 * 3 }, (_, i) => i);
  const images = imageTensor([small, full], [2, 3]);
  expect(images.shape).toEqual([2, 2, 3, 3]);
  const data = [...(await images.data())];
  images.dispose();
  expect(data.slice(0, 18)).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  expect(data.slice(18)).toEqual([...full]);
  expect(() => imageTensor([new Float32Array(3)], 2)).toThrow(/has 12 numbers, got 3/);
});
