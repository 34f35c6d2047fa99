import { describe, expect, it } from 'vitest';
import { clientListOf, entriesOf, lineErrors, matching } from './entries';

describe('bot list entries', () => {
  const list = { ips: ['192.0.2.0/24'], asns: [64500], user_agents: ['Curl/'] };

  it('go there and back', () => {
    expect(clientListOf(entriesOf(list))).toEqual(list);
  });

  it('are found by kind, and by the number with AS in front', () => {
    expect(matching(entriesOf(list), 'as645', undefined)).toEqual([{ kind: 'asn', value: '64500' }]);
    expect(matching(entriesOf(list), ' CURL ', undefined)).toHaveLength(1);
    expect(matching(entriesOf(list), '', 'ip')).toHaveLength(1);
  });

  it('are complained of by line', () => {
    expect(lineErrors('a\n1.2.3\n', [{ field: 'text[1]', error: 'wrong' }])).toEqual([
      { line: 2, text: '1.2.3', error: 'wrong' },
    ]);
    expect(lineErrors('', [{ field: 'ips', error: 'none' }])[0]?.line).toBeUndefined();
  });
});
