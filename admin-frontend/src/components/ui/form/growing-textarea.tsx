/**
 * Grows with its text, by CSS alone: what measures in script takes a field that is not laid out yet for one without
 * width, and makes it a screen high. Where a browser does not know how, the field is pulled larger by hand.
 */
import { Textarea, type TextareaProps } from '@mantine/core';
import type { CSSProperties } from 'react';
import classes from './form.module.css';

/** Of a line, and of what is around them all: one line is as high as an input. */
const LINE = 20;
const AROUND = 16;

export type GrowingTextareaProps = Omit<TextareaProps, 'autosize' | 'rows' | 'classNames' | 'styles'> & {
  styles?: { input: CSSProperties };
};

export function GrowingTextarea({ minRows = 2, maxRows = 30, styles, ...props }: GrowingTextareaProps) {
  const heights = { minHeight: minRows * LINE + AROUND, maxHeight: maxRows * LINE + AROUND };
  return (
    <Textarea
      {...props}
      rows={minRows}
      classNames={{ input: classes.growing }}
      styles={{ input: { ...styles?.input, ...heights } }}
    />
  );
}
