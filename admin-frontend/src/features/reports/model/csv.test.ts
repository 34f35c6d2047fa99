import { describe, expect, it } from 'vitest';
import { CsvReader, unguarded } from './csv';

const TEXT = 'name,clicks\n"a ""b"", c",1\n"two\nlines",\nlast,3';
const ROWS = [
  ['name', 'clicks'],
  ['a "b", c', '1'],
  ['two\nlines', ''],
  ['last', '3'],
];

describe('CsvReader', () => {
  it('reads the same wherever the parts are cut', () => {
    for (let size = 1; size <= TEXT.length; size += 1) {
      const reader = new CsvReader();
      const rows: string[][] = [];
      for (let at = 0; at < TEXT.length; at += size) rows.push(...reader.read(TEXT.slice(at, at + size)));
      expect([...rows, ...reader.finish()], `parts of ${size}`).toEqual(ROWS);
    }
  });

  it('takes the guard of formulas off, and no other quote', () => {
    expect(["'-x", "'x", '-x'].map(unguarded)).toEqual(['-x', "'x", '-x']);
  });
});
