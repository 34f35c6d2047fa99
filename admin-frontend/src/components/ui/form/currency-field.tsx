import type { FieldValues } from 'react-hook-form';
import type { Bound } from './controlled';
import { SelectField } from './fields';

type Props = { label: string; description?: string; disabled?: boolean; required?: boolean };

const names = new Intl.DisplayNames('en', { type: 'currency', fallback: 'code' });

function choices() {
  const codes = Intl.supportedValuesOf('currency');
  return codes.map((code) => ({ value: code, label: `${code} · ${names.of(code) ?? code}` }));
}

let known: ReturnType<typeof choices> | undefined;

/** ISO 4217 codes, found by code or name. */
export function CurrencyField<T extends FieldValues>(props: Bound<T, string | null | undefined> & Props) {
  known ??= choices();
  return <SelectField {...props} searchable limit={60} data={known} nothingFoundMessage="No such currency" />;
}
