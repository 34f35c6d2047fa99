import { describe, expect, it } from 'vitest';
import { testRequest, withClick } from './test-request';

describe('a test of a postback', () => {
  it('takes a whole URL as it is, and a query for the chosen network', () => {
    const of = (text: string) => testRequest({ form: 'query', text, network: 'ads', ip: '' });
    expect(of(' https://pb.example/pb/other?x=1 ')).toEqual({ url: 'https://pb.example/pb/other?x=1' });
    expect(of('?click_id=c&payout=1')).toEqual({ url: '/pb/ads?click_id=c&payout=1' });
    expect(testRequest({ form: 'json', text: '{"a":1}', network: 'ads', ip: ' ::1 ' })).toEqual({
      network: 'ads',
      body: '{"a":1}',
      ip: '::1',
    });
  });

  it('puts in a click id in place of the one that is there', () => {
    expect(withClick('query', 'click_id=old&payout=1', 'new')).toBe('click_id=new&payout=1');
    expect(withClick('query', 'payout=1&click_id=', 'new')).toBe('payout=1&click_id=new');
    expect(withClick('query', '/pb/ads', 'new')).toBe('/pb/ads?click_id=new');
    expect(JSON.parse(withClick('json', '{"click_id": "old", "payout": "1"}', 'new'))).toEqual({
      click_id: 'new',
      payout: '1',
    });
    expect(JSON.parse(withClick('json', '{"payout": "1"}', 'new'))).toEqual({ click_id: 'new', payout: '1' });
    expect(JSON.parse(withClick('json', '{}', 'new'))).toEqual({ click_id: 'new' });
  });
});
