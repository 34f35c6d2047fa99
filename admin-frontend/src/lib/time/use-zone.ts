/** The zone that times are shown in: a preference of this browser, the browser's own until one is chosen. */
import * as z from 'zod/mini';
import { useStored } from '../browser/stored';
import { browserZone, isZone } from './zone';

const schema = z.string().check(z.refine(isZone));
const fallback = browserZone();

export function useZone(): [string, (zone: string) => void] {
  return useStored('zone', schema, fallback);
}
