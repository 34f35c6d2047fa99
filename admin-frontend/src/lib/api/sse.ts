/**
 * Server-sent events over fetch, since `EventSource` cannot send the session's headers. Reconnects with backoff and
 * `Last-Event-ID`, so that nothing that the server still holds is missed.
 */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { ApiError, apiErrorFrom } from './error';
import { retryDelayMs } from './query-client';
import { sessionFetch } from './transport';

export type StreamState = 'connecting' | 'open' | 'waiting';

export type StreamEvent = { id: string | undefined; event: string | undefined; data: string };

type StreamOptions = {
  onEvent: (event: StreamEvent) => void;
  onState?: (state: StreamState) => void;
  /** A refusal that another try does not mend; the stream has ended. */
  onRefused?: (error: ApiError) => void;
};

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Reads `path` (with its query) until the returned function is called. */
export function openStream(path: string, { onEvent, onState, onRefused }: StreamOptions): () => void {
  const stop = new AbortController();
  let lastId: string | undefined;
  let attempt = 0;

  async function readOnce() {
    const headers = new Headers({ Accept: 'text/event-stream' });
    if (lastId) headers.set('Last-Event-ID', lastId);
    const url = new URL(path, window.location.origin);
    const response = await sessionFetch(
      new Request(url, { headers, signal: stop.signal, cache: 'no-store' }),
    );
    if (!response.ok || !response.body) {
      throw apiErrorFrom(response, await response.json().catch(() => undefined));
    }
    onState?.('open');
    attempt = 0;
    const reader = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())
      .getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      lastId = value.id ?? lastId;
      onEvent({ id: value.id, event: value.event, data: value.data });
    }
  }

  async function run() {
    while (!stop.signal.aborted) {
      onState?.('connecting');
      let failure: unknown;
      try {
        await readOnce();
      } catch (error) {
        failure = error;
        const refused = error instanceof ApiError && error.status < 500 && error.status !== 429;
        if (refused && !stop.signal.aborted) {
          onRefused?.(error);
          return;
        }
      }
      if (stop.signal.aborted) return;
      onState?.('waiting');
      await pause(retryDelayMs(attempt, failure), stop.signal);
      attempt += 1;
    }
  }

  void run();
  return () => stop.abort();
}
