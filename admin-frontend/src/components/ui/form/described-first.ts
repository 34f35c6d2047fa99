import type { InputWrapperProps } from '@mantine/core';

/** The parts of a field that is made of several: what is said of it comes before them. */
export const DESCRIBED_FIRST: NonNullable<InputWrapperProps['inputWrapperOrder']> = [
  'label',
  'description',
  'input',
  'error',
];
