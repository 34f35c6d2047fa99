/** What the fields of forms share: `control` and `name`, checked against the form's type. */
import { useController, type Control, type FieldPathByValue, type FieldValues } from 'react-hook-form';

export type Bound<T extends FieldValues, Value> = {
  control: Control<T>;
  name: FieldPathByValue<T, Value>;
};

/** What the binding gives, a field's caller does not. */
export type Without<Props> = Omit<
  Props,
  'value' | 'defaultValue' | 'onChange' | 'onBlur' | 'name' | 'error' | 'ref' | 'checked'
>;

type Controlled<Held, Value> = {
  value: Value;
  onChange: (value: Held) => void;
  onBlur: () => void;
  ref: (element: HTMLElement | null) => void;
  error: string | undefined;
};

/** A field that holds a list as one is told what is wrong with its first wrong entry. */
function entryError(error: unknown, value: unknown): string | undefined {
  if (!Array.isArray(error)) return undefined;
  const entries: unknown[] = error;
  const at = entries.findIndex((entry) => typeof entry === 'object' && entry !== null && 'message' in entry);
  const entry = entries[at];
  if (typeof entry !== 'object' || entry === null) return undefined;
  const message = asText(Reflect.get(entry, 'message'));
  const held: unknown = Array.isArray(value) ? value[at] : undefined;
  return typeof held === 'string' ? `“${held}”: ${message}` : message;
}

/** `read` says what the field holds, whatever the form was given. */
export function useControlled<T extends FieldValues, Held, Value extends Held>(
  { control, name }: Bound<T, Held>,
  read: (value: unknown) => Value,
): Controlled<Held, Value> {
  const { field, fieldState } = useController({ control, name });
  return {
    value: read(field.value),
    onChange: (value) => field.onChange(value),
    onBlur: field.onBlur,
    ref: field.ref,
    error:
      fieldState.error?.message ??
      fieldState.error?.root?.message ??
      entryError(fieldState.error, field.value),
  };
}

export const asText = (value: unknown): string => (typeof value === 'string' ? value : '');
export const asFlag = (value: unknown): boolean => value === true;
export const asTexts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
export const asNumber = (value: unknown): number | null => (typeof value === 'number' ? value : null);
