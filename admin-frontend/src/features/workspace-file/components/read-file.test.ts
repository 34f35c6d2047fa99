import { expect, test } from 'vitest';
import { kindAt, readWorkspaceFile, thingAt } from './read-file';

const TEXT = JSON.stringify({
  format: 'traffoflex-workspace',
  version: 1,
  exported_at: '2026-03-01T00:00:00Z',
  workspace: { name: 'Main', currency: 'USD' },
  campaigns: [{ name: 'Summer' }, { name: 'Autumn' }],
  domains: [{ host: 'go.example' }],
});

test('a path of the file is told by the name of its thing', () => {
  const file = readWorkspaceFile(TEXT);
  expect(thingAt(file, 'campaigns[1].slug')).toEqual({ name: 'Autumn', rest: 'slug' });
  expect(thingAt(file, 'domains[0]')).toEqual({ name: 'go.example', rest: '' });
  expect(thingAt(file, 'campaigns[9].slug')).toEqual({ name: undefined, rest: 'slug' });
  expect(thingAt(file, 'workspace.currency')).toEqual({ name: undefined, rest: 'workspace.currency' });
  expect(kindAt('campaigns[1].slug')).toBe('Campaign');
});

test('other files are refused before anything is sent', () => {
  expect(() => readWorkspaceFile('{')).toThrow('no JSON');
  expect(() => readWorkspaceFile('{"format":"keitaro"}')).toThrow('no export of a workspace');
});
