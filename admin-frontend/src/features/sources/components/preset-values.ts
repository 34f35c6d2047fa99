import * as z from 'zod/mini';
import type { SourcePreset } from '../api/source-presets';
import { sourceSchema, type SourceValues } from './source-values';

/** A preset as the form's first values; a part that this form does not know is left out. */
export function presetValues(preset: SourcePreset): SourceValues {
  const parsed = z.partial(sourceSchema).safeParse(preset);
  const { name, slug } = preset;
  return { name, slug, status: 'active', postbacks: parsed.data?.postbacks ?? [] };
}
