/** What can go wrong between the UI and api-service, as two kinds: the API refused, or nobody answered. */
import type { components } from '@/types/api.gen';

export type FieldError = components['schemas']['FieldError'];

/** The API answered, and not with what was asked for. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: FieldError[] = [],
    readonly retryAfterS?: number,
    readonly requestId?: string,
  ) {
    super(message);
  }
}

/** Nobody answered: no network, or the server is away. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';

  constructor(cause: unknown) {
    super('The server cannot be reached', { cause });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function fieldErrors(value: unknown): FieldError[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) =>
    isRecord(each) && typeof each.field === 'string' && typeof each.error === 'string'
      ? [{ field: each.field, error: each.error }]
      : [],
  );
}

/** Reads the error body that every route of the API has; a proxy's own page has none and is named by its status. */
export function apiErrorFrom(response: Response, body: unknown): ApiError {
  const fields = isRecord(body) && isRecord(body.error) ? body.error : {};
  const retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return new ApiError(
    response.status,
    text(fields.code) ?? `http_${response.status}`,
    text(fields.message) ?? (response.statusText || `HTTP ${response.status}`),
    fieldErrors(fields.details),
    Number.isNaN(retryAfter) ? undefined : retryAfter,
    text(fields.request_id),
  );
}

export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'revision_conflict';
}

export function isForbidden(error: unknown): boolean {
  return error instanceof ApiError && error.status === 403;
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

const SENTENCES: Record<string, string> = {
  not_found: 'It does not exist, or not any more.',
  forbidden: 'Your role does not allow this.',
  unavailable: 'A database cannot be reached at the moment.',
  rate_limited: 'Too many requests. Try again shortly.',
  busy: 'The server is busy. Try again shortly.',
  internal: 'Something went wrong on the server.',
  query_too_expensive: 'This asks for too much data. Narrow the period or the filters.',
};

/** The fields of such a refusal hold ids; these words hold the names. */
const USED_BY = /^used by (.+)$/;

/** What to tell a person. Codes with a sentence of their own use it; otherwise the API's words. */
export function errorMessage(error: unknown): string {
  if (error instanceof ApiError) {
    const first = error.fields[0];
    const users = error.fields.flatMap(({ error: said }) => USED_BY.exec(said)?.[1] ?? []);
    if (error.code === 'conflict' && users.length > 0) return `It is still used by ${users.join(', ')}.`;
    if (first && error.fields.length === 1 && error.code !== 'revision_conflict') {
      return `${error.message}: ${first.field} ${first.error}`;
    }
    return SENTENCES[error.code] ?? error.message;
  }
  return error instanceof Error ? error.message : 'Something went wrong.';
}
