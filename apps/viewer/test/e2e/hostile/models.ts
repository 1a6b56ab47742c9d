// Malicious model files, derived from the example's.
import { MARKUP } from './markup.js';

interface Header {
  __metadata__: Record<string, string>;
  [tensor: string]: unknown;
}
interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const lengthOf = (bytes: Buffer) => Number(bytes.readBigUInt64LE(0));

function withLength(length: bigint, rest: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(length);
  return Buffer.concat([head, rest]);
}

/** The file with another header; its text is what `change` makes of the old one. */
function withHeader(model: Buffer, change: (header: Header) => Header | string): Buffer {
  const end = 8 + lengthOf(model);
  const made = change(JSON.parse(model.toString('utf8', 8, end)) as Header);
  const text = Buffer.from(typeof made === 'string' ? made : JSON.stringify(made));
  return withLength(BigInt(text.length), Buffer.concat([text, model.subarray(end)]));
}

const withText = (model: Buffer, key: 'config' | 'info', change: (text: string) => string) =>
  withHeader(model, (header) => {
    header.__metadata__[key] = change(header.__metadata__[key]!);
    return header;
  });

/** With one value of config or info replaced: `path` in the JSON. */
const withValue = (model: Buffer, key: 'config' | 'info', path: string[], value: unknown) =>
  withText(model, key, (text) => {
    const root = JSON.parse(text) as Record<string, unknown>;
    let at = root;
    for (const part of path.slice(0, -1)) at = at[part] as Record<string, unknown>;
    at[path.at(-1)!] = value;
    return JSON.stringify(root);
  });

const withEntry = (model: Buffer, change: (first: Entry, second: Entry) => void) =>
  withHeader(model, (header) => {
    const [first, second] = Object.entries(header).flatMap(([name, entry]) =>
      name === '__metadata__' ? [] : [entry as Entry],
    );
    change(first!, second!);
    return header;
  });

/** JSON with members beside the first that a careless reader would take for the object's own nature. */
const tricked = (text: string) =>
  text.replace('{', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},');

/** By fault: the file, and the error that the page must show when it is opened. */
export function refusedModels(model: Buffer): Record<string, [file: Buffer, sentence: RegExp]> {
  return {
    'is empty': [Buffer.alloc(0), /is empty; copy or download it again/],
    'ends in its header': [
      model.subarray(0, 500),
      /is cut short: its header alone takes \d+ bytes, but the file ends after 492 of them/,
    ],
    'ends in its numbers': [
      model.subarray(0, model.length >> 1),
      /is cut short: its header describes \d+ bytes of numbers, but only \d+ are there/,
    ],
    'claims a header of 2^63 bytes': [
      withLength(2n ** 63n, model.subarray(8)),
      /is not a safetensors file: it does not start with a header/,
    ],
    'states a header length that is too short': [
      withLength(100n, model.subarray(8)),
      /its header is not JSON/,
    ],
    'has a header of brackets': [withHeader(model, () => '['.repeat(200_000)), /its header is not JSON/],
    'has overlapping tensors': [
      withEntry(model, (first, second) => (second.data_offsets = first.data_offsets)),
      /data_offsets hold|should start at byte/,
    ],
    'has a tensor beyond the file': [
      withEntry(model, (first) => (first.data_offsets = [2 ** 40, 2 ** 40 + 4])),
      /takes 4704 bytes, data_offsets hold 4/,
    ],
    'has a tensor of 10^18 numbers': [
      withEntry(model, (first) => (first.shape = [1e9, 1e9])),
      /shape \(1000000000, 1000000000\) takes|not a list of sizes/,
    ],
    'hides __proto__ and constructor in its config': [
      withText(model, 'config', tricked),
      /config: Unrecognized keys?/,
    ],
    'has metadata of objects': [
      withHeader(model, (header) => ({
        ...header,
        __metadata__: { ...header.__metadata__, x: {} as unknown as string },
      })),
      /__metadata__ must be an object of texts/,
    ],
    'is another format, named by a script': [
      withHeader(model, (header) => ({
        ...header,
        __metadata__: { ...header.__metadata__, format: MARKUP },
      })),
      /is not a Pyramid-Mamba model: its metadata says format "<img/,
    ],
    'requests pictures of 10^9 pixels per side': [
      withValue(
        withValue(model, 'config', ['inputSize'], 2 ** 30),
        'info',
        ['preprocessing', 'inputSize'],
        2 ** 30,
      ),
      /its input size is 1073741824, and this page supports at most 1024/,
    ],
    'requests a Gaussian of 10^9 pixels': [
      withValue(model, 'config', ['map', 'sigma'], 1e9),
      /its map’s sigma is 1000000000/,
    ],
    'requests a billion blocks': [
      withValue(model, 'config', ['decoder', 'depths'], [6e8, 6e8, 6e8, 6e8]),
      /its decoder’s depth is 600000000/,
    ],
    'requests a pyramid of a million parts': [
      withValue(model, 'config', ['decoder', 'grids'], [1, 1e6]),
      /its pyramid’s grid is 1000000/,
    ],
    'has a class name of a million letters': [
      withValue(model, 'info', ['classes'], ['x'.repeat(1e6)]),
      /its longest class name is 1000000/,
    ],
  };
}

/** Files with a valid header: opened, and rejected when a picture is judged. */
export function brokenModels(model: Buffer): Record<string, [file: Buffer, sentence: RegExp]> {
  const nan = Buffer.from(model);
  nan.fill(0xff, 8 + lengthOf(model));
  return {
    'holds no numbers but NaN': [nan, /holds a number that is not finite/],
    'states a network wider than its weights': [
      withValue(model, 'config', ['encoder', 'width'], 1e9),
      /must have shape|must be|wanted|shape/,
    ],
    'lacks a tensor under its name': [
      withHeader(
        model,
        (header) =>
          Object.fromEntries(
            Object.entries(header).map(([name, entry], i) => [i === 5 ? 'other' : name, entry] as const),
          ) as Header,
      ),
      /missing|lacks|there is no/,
    ],
  };
}

/** A valid model of products whose names are markup and names of built-ins. */
export function namedModel(model: Buffer, names: readonly [string, string, string]): Buffer {
  return withText(model, 'info', (text) => {
    const info = JSON.parse(text) as { classes: string[] } & Record<string, unknown>;
    const renamed = (record: unknown) =>
      Object.fromEntries(Object.values(record as object).map((value, i) => [names[i]!, value as unknown]));
    return JSON.stringify({
      ...info,
      classes: names,
      calibration: renamed(info['calibration']),
      prototypes: renamed(info['prototypes']),
      training: { note: MARKUP },
    });
  });
}
