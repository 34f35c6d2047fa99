/** The API names a field as `streams[0].targets[1].weight`; a form names it `streams.0.targets.1.weight`. */
import { ApiError, type FieldError } from '../api/error';

export function formPath(apiPath: string): string {
  return apiPath.replace(/\[(\d+)\]/g, '.$1').replace(/^\./, '');
}

export function hasPath(values: unknown, path: string): boolean {
  let at: unknown = values;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !(key in at)) return false;
    at = Reflect.get(at, key);
  }
  return true;
}

export type Sorted = {
  /** At fields that the form has. */
  at: { path: string; message: string }[];
  /** What belongs to no field of the form. */
  other: string[];
};

/**
 * Where each of the API's complaints belongs. `rename` turns the API's path into the form's where they differ; a
 * complaint about a part that the form edits as one goes to the nearest field above.
 */
export function sortFieldErrors(error: unknown, values: unknown, rename?: (path: string) => string): Sorted {
  const sorted: Sorted = { at: [], other: [] };
  const fields: FieldError[] = error instanceof ApiError ? error.fields : [];
  for (const { field, error: message } of fields) {
    let path = formPath(field);
    path = rename?.(path) ?? path;
    const inside = path;
    while (path !== '' && !hasPath(values, path))
      path = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '';
    if (path === '') sorted.other.push(`${field}: ${message}`);
    else
      sorted.at.push({
        path,
        message: inside === path ? message : `${inside.slice(path.length + 1)}: ${message}`,
      });
  }
  return sorted;
}
