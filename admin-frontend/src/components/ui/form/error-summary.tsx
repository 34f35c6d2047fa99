import { Alert, Anchor, List } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import type { FieldPath, FieldValues, UseFormReturn } from 'react-hook-form';

type Props<Values extends FieldValues> = {
  form: UseFormReturn<Values>;
  problems: string[];
  labels?: Record<string, string>;
};

type Found = { path: string; message: string };

/** Every message in the tree of errors, with its path. */
export function flattenErrors(errors: unknown, path = ''): Found[] {
  if (typeof errors !== 'object' || errors === null) return [];
  const message: unknown = Reflect.get(errors, 'message');
  if (typeof message === 'string' && message !== '') return [{ path, message }];
  return Object.entries(errors).flatMap(([key, inner]) =>
    key === 'ref' ? [] : flattenErrors(inner, key === 'root' ? path : path ? `${path}.${key}` : key),
  );
}

/** `labels` of the whole path, of the path with `*` for places in lists, or the path itself. */
export function labelOf(path: string, labels: Record<string, string> | undefined): string {
  const general = path.replace(/\.\d+(?=\.|$)/g, '.*').replace(/\[\d+\]/g, '.*');
  const label = labels?.[path] ?? labels?.[general];
  if (label === undefined) return path;
  const place = /[.[](\d+)/.exec(path)?.[1];
  return place === undefined ? label : `${label} (${Number(place) + 1})`;
}

/** A wrong entry of a list that one field holds has no place of its own: the focus goes to the field. */
function focusAt<Values extends FieldValues>(form: UseFormReturn<Values>, path: string) {
  for (const at of [path.replace(/\.\d+$/, ''), path]) form.setFocus(at as FieldPath<Values>);
}

/** After a refused save: what is wrong, each a link to its field. Takes the focus, so that it is read out. */
export function ErrorSummary<Values extends FieldValues>({ form, problems, labels }: Props<Values>) {
  const box = useRef<HTMLDivElement>(null);
  const { errors, submitCount } = form.formState;
  const found = submitCount > 0 ? flattenErrors(errors) : [];
  const count = found.length + problems.length;
  const isSeveral = problems.length > 0 || found.length > 1;

  useEffect(() => {
    if (submitCount > 0 && isSeveral) box.current?.focus();
    // Once a refused save, not for each mended field.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [submitCount, problems]);

  if (count === 0) return null;
  return (
    <Alert
      ref={box}
      tabIndex={-1}
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertCircle size={18} />}
      title={count === 1 ? 'Not saved: one thing is wrong' : `Not saved: ${count} things are wrong`}
    >
      <List size="sm" spacing={2}>
        {problems.map((problem) => (
          <List.Item key={problem}>{problem}</List.Item>
        ))}
        {found.map(({ path, message }) => (
          <List.Item key={path}>
            <Anchor
              component="button"
              type="button"
              size="sm"
              c="inherit"
              underline="always"

              onClick={() => focusAt(form, path)}
            >
              {labelOf(path, labels)}
            </Anchor>
            : {message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
