import { describe, expect, it } from 'vitest';
import { templateInput, templatePath, templateValues } from './template-values';

const KNOWN = {
  fields: [{ name: 'click_id' }, { name: 'payout' }, { name: 'status' }],
  statuses: [{ name: 'sale', mappable: true }],
} as const;

function values() {
  return {
    ...templateValues(undefined, KNOWN),
    name: 'N',
    slug: 'n',
    names: { status: ['st'], click_id: ['sub1', 'sub2'], payout: [] },
    words: { lead: ['new'], sale: ['ok', 'paid'] },
  };
}

describe('a template on its way to the API', () => {
  it('keeps the secret unless told otherwise', () => {
    expect(templateInput(values(), KNOWN)).not.toHaveProperty('secret');
    expect(templateInput({ ...values(), secret: { change: 'remove', value: 'x' } }, KNOWN).secret).toBeNull();
    expect(templateInput({ ...values(), secret: { change: 'set', value: 'x' } }, KNOWN).secret).toBe('x');
  });

  it('sends only what was named, and finds complaints about it again', () => {
    const input = templateInput(values(), KNOWN);
    expect(input.fields).toEqual([
      { field: 'click_id', names: ['sub1', 'sub2'] },
      { field: 'status', names: ['st'] },
    ]);
    expect(templatePath('fields.0.names.1', input)).toBe('names.click_id.1');
    expect(templatePath('fields.1.names', input)).toBe('names.status');
    expect(templatePath('statuses.2.word', input)).toBe('words.sale.1');
    expect(templatePath('allowed_ips.0', input)).toBe('allowed_ips.0');
    expect(templatePath('secret', input)).toBe('secret.value');
  });
});
