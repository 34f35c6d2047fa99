import '@mantine/dates/styles.css';
import { DatePickerInput } from '@mantine/dates';
import type { FieldValues } from 'react-hook-form';
import { asText, useControlled, type Bound } from './controlled';

type Props = { label: string; description?: string; required?: boolean; disabled?: boolean };

/** A calendar day of no zone, as `YYYY-MM-DD`. */
export function DayField<T extends FieldValues>({
  control,
  name,
  ...props
}: Bound<T, string | null | undefined> & Props) {
  const { value, onChange, ...field } = useControlled({ control, name }, asText);
  return (
    <DatePickerInput
      {...props}
      {...field}
      valueFormat="YYYY-MM-DD"
      clearable={!props.required}
      value={value || null}
      onChange={onChange}
    />
  );
}
