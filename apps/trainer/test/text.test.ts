// Names that somebody else gave, on a terminal, in a spreadsheet, in Markdown and as names of files.
import { describe, expect, test } from 'vitest';
import { main } from '../src/main.js';
import { Progress } from '../src/terminal/progress.js';
import { spoken } from '../src/terminal/io.js';
import { csv } from '@pyramid-mamba/data';
import { FileNames, safePart, stem } from '../src/text/fileNames.js';
import { asCode, plain } from '../src/text/markdown.js';
import { visible } from '../src/text/visible.js';
import { recordingIo } from './kit.js';

describe('on a terminal', () => {
  const nasty = '\u001b[2J\u001b]0;title\u0007\u009b31m\rOK\b\u202egnp.\u2066\u200f\u061c\u007f\ufeff';

  test('nothing is obeyed, and JSON stays the same document', () => {
    const shown = visible(nasty);
    // eslint-disable-next-line no-control-regex
    expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
    expect(shown).toMatch(/^\\u001b\[2J/);
    const line = JSON.stringify({ file: nasty });
    expect(JSON.parse(visible(line))).toEqual({ file: nasty });
    expect(visible('a\tb\nc ä 漢 🙂')).toBe('a\tb\nc ä 漢 🙂');
  });

  test('an error that names a file, and a wrong option, show its name and nothing else', async () => {
    const io = recordingIo();
    expect(await main(['predict', `x${nasty}.png`, '--model', `m${nasty}`], io)).toBe(2);
    expect(await main(['predict', `--${nasty}`, 'x', '--model', 'm'], io)).toBe(2);
    // eslint-disable-next-line no-control-regex
    expect(io.stderr + io.stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(io.stderr).toContain('\\u001b[2J');
  });

  test('the line of progress is still redrawn, without what its label holds', () => {
    const io = { ...recordingIo(), isTTY: true };
    const progress = new Progress(spoken(io));
    progress.update({ done: 1, total: 2, label: 'evaluating a\u001b[2J\rOK' });
    progress.clear();
    expect(io.stdout).toMatch(/^\revaluating a\\u001b\[2J\\u000dOK +.*\r +\r$|^\revaluating a\\u001b/);
    expect(io.stdout.endsWith(' \r')).toBe(true);
  });
});

describe('in a spreadsheet', () => {
  test.each([
    '=1+1',
    '+1',
    '-2+3',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    '\u00a0=1',
    '\u3000=1',
    '＝1+1',
    '＋1',
    '－1',
    '＠SUM(1)',
    '=HYPERLINK("http://x","y").png',
    '-',
  ])('%j is text', (cell) => {
    const [line] = csv([[cell, 'next']]).split(/\r\n$/);
    const first = line!.startsWith('"') ? line!.slice(1) : line!;
    expect(first[0]).toBe("'");
    expect(line).toMatch(/,next$/);
  });

  test('numbers stay numbers, and ordinary names are as they were', () => {
    expect(csv([[-0.5, 1e-7, null, 'bottle/test/001.png', "it's", 'a-b']])).toBe(
      "-0.5,1e-7,,bottle/test/001.png,it's,a-b\r\n",
    );
    expect(csv([['a;b', 'c\td', '"']])).toBe('"a;b","c\td",""""\r\n');
  });
});

describe('in Markdown', () => {
  test('ordinary names stand as they are', () => {
    for (const name of ['bottle', 'metal_nut', 'Schraube M8', '0.123', 'image AU-ROC 98.6', 'grids 1+2'])
      expect(plain(name).replaceAll('\\', '')).toBe(name);
    expect(plain('bottle, cable')).toBe('bottle, cable');
  });
  test.each([
    '![x](https://evil.example/p.png)',
    '[x](https://evil.example)',
    '<img src=x onerror=alert(1)>',
    '<https://evil.example>',
    'https://evil.example/x',
    'www.evil.example',
    'a | b',
    '`code`',
    '# title',
    '- item',
    '1. item',
    '&lt;script&gt;',
    '*a* _b_ ~~c~~',
    '\\| a',
    '$$x$$',
    ':smile: @everyone #1',
  ])('%s is text', (name) => {
    const escaped = plain(name);
    // every sign that could begin or end something has a backslash before it
    const bare = escaped.replace(/\\[!-/:-@[-`{-~]/g, '');
    expect(bare).not.toMatch(/[<>[\]()`|*_~&#!@$\\]/);
    expect(bare).not.toMatch(/:\/\/|www\./);
    expect(escaped.replace(/\\([!-/:-@[-`{-~])/g, '$1')).toBe(name);
  });
  test('lines and code end where they should', () => {
    expect(plain('a\n\n# b')).not.toContain('\n');
    expect(asCode('a`b\n`')).toBe("`a'b '`");
  });
});

describe('as names of files', () => {
  test.each([
    ['CON', '_CON'],
    ['nul.png', '_nul.png'],
    ['com1', '_com1'],
    ['COM\u00b2.txt', '_COM\u00b2.txt'],
    ['console', 'console'],
    ['a.', 'a_'],
    ['a .', 'a__'],
    ['..', '__'],
    ['.hidden', '_hidden'],
    ['', '_'],
    ['a/b\\c:d*e?f"g<h>i|j', 'a_b_c_d_e_f_g_h_i_j'],
    ['a\u0000b\u202ec', 'a_b_c'],
    ['\ud800x', '_x'],
    ['metal_nut', 'metal_nut'],
    ['e\u0301', '\u00e9'],
  ])('%j becomes %j', (name, safe) => expect(safePart(name)).toBe(safe));

  test('long names are cut between characters and stay different', () => {
    const [a, b] = ['🙂'.repeat(100), `${'🙂'.repeat(99)}🙃`].map(safePart);
    for (const one of [a!, b!]) {
      expect(Buffer.byteLength(one)).toBeLessThanOrEqual(160);
      expect(one).not.toMatch(/\ufffd|\p{Surrogate}/u);
    }
    expect(a).not.toBe(b);
  });

  test('no two are one, whatever the file system makes equal', () => {
    const names = new FileNames('.png');
    const wanted = [
      'a',
      'A',
      'ａ',
      '\u00e9',
      'e\u0301',
      '\u00c9',
      'a-2',
      'a',
      'ß',
      'ss',
      'SS',
      'ﬁ',
      'fi',
      'CON',
      'con',
    ];
    const made = wanted.map((name) => names.of('Tile', 'crack', name));
    const folded = made.map((path) => path.normalize('NFKD').toUpperCase());
    expect(new Set(folded).size).toBe(made.length);
    expect(made[0]).toBe('Tile/crack/a.png');
    expect(names.of('tile', 'crack', 'a')).not.toMatch(/^tile\/crack\/a\.png$/);
    const many = new FileNames('');
    const start = performance.now();
    expect(new Set(Array.from({ length: 20_000 }, () => many.of('x'))).size).toBe(20_000);
    expect(performance.now() - start).toBeLessThan(5_000);
  });

  test('a stem is the last part without its suffix', () => {
    expect(['S1/a.jpg', 'x\\y.tar.gz', '.png', 'a', 'b/'].map(stem)).toEqual(['a', 'y.tar', '.png', 'a', '']);
  });
});
