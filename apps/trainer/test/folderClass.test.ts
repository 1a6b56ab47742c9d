import { sep } from 'node:path';
import { chooseClass } from '@pyramid-mamba/inspect';
import { describe, expect, test } from 'vitest';
import { NEXT } from '../src/terminal/nextSteps.js';
import { productHint } from '../src/predict/folderClass.js';

const info = {
  classes: ['tile', 'wood', 'caf\u00e9'],
  prototypes: { tile: [0, 0], wood: [1, 1], 'caf\u00e9': [9, 9] },
};
const likeTile = Float32Array.of(0.1, 0);
const likeWood = Float32Array.of(1, 0.9);
const at = (path: string) => path.replaceAll('/', sep);
const choose = (path: string, folders: string[], feature: Float32Array) =>
  chooseClass(info, productHint(info.classes, 'auto', at(path), folders.map(at)), feature, NEXT);

describe('the class of a picture', () => {
  test.each([
    ['a distant folder', '/srv/tile/incoming/today/1.png', ['/srv/tile/incoming/today']],
    ['the folder above the one given', '/srv/tile/incoming/1.png', ['/srv/tile/incoming']],
    ['the given folder itself', '/srv/tile/1.png', ['/srv/tile']],
    ['the folder of a picture that was given by its path', '/srv/tile/1.png', []],
    ['the folder of a picture outside of what was given', '/srv/tile/1.png', ['/srv/other', '/srv/ti']],
    ['a folder whose name only begins the same', '/srv/in/tiles/1.png', ['/srv/in']],
    ['the name of the file', '/srv/in/tile', ['/srv/in']],
  ])('is not %s', (_, path, folders) => {
    expect(choose(path, folders, likeWood)).toEqual({
      className: 'wood',
      classSource: 'nearest',
      doubts: [],
    });
  });

  test('is the name of a folder inside the one given, the innermost first', () => {
    expect(choose('/in/tile/1.png', ['/in'], likeTile)).toMatchObject({
      className: 'tile',
      classSource: 'folder',
      doubts: [],
    });
    expect(choose('/in/wood/tile/a/1.png', ['/in'], likeTile)).toMatchObject({
      className: 'tile',
      classSource: 'folder',
      doubts: [],
    });
    expect(choose('/in/tile/a/1.png', ['/in/tile', '/in'], likeTile).classSource).toBe('folder');
    expect(choose('in/tile/1.png', ['.'], likeTile).classSource).toBe('folder');
    const decomposed = choose('/in/cafe\u0301/1.png', ['/in'], Float32Array.of(9, 9));
    expect(decomposed).toMatchObject({ className: 'caf\u00e9', classSource: 'folder', doubts: [] });
  });

  test('is doubted if the folder names one and the picture looks like another: never OK', () => {
    const chosen = choose('/in/tile/1.png', ['/in'], likeWood);
    expect(chosen).toMatchObject({ className: 'tile', classSource: 'folder' });
    expect(chosen.doubts).toEqual([
      expect.stringMatching(/^its folder says tile, but the picture looks like wood: /),
    ]);
    expect(choose('/in/wood/1.png', ['/in'], likeWood).doubts).toEqual([]);
  });
});
