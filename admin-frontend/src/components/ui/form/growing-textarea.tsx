/**
 * Grows with its text, by CSS alone: what measures in script takes a field that is not laid out yet for one without
 * width, and makes it a screen high. Where a browser does not know how, the field is pulled larger by hand.
 */
import { Textarea, type TextareaProps } from '@mantine/core';
import classes from './form.module.css';

type Props = Omit<TextareaProps, 'autosize' | 'rows' | 'classNames' | '__vars'>;

export function GrowingTextarea({ minRows = 2, maxRows = 30, ...props }: Props) {
  return (
    <Textarea
      {...props}
      rows={minRows}
      classNames={{ input: classes.growing }}
      __vars={{ '--tf-least-rows': String(minRows), '--tf-most-rows': String(maxRows) }}
    />
  );
}
