/** Clicks as they arrive. Handed over a few times a second however many they are, so that a flood does not freeze the page. */
import { useEffect, useRef, useState } from 'react';
import * as z from 'zod/mini';
import { errorMessage } from '@/lib/api/error';
import { openStream, type StreamState } from '@/lib/api/sse';
import type { Click } from './recent-clicks';

const HAND_OVER_MS = 400;

const skipped = z.object({ clicks: z.number() });

export type Arrival = { clicks: Click[]; skipped: number };

/** `onArrival` gets the youngest click first. */
export function useClickTail(onArrival: (arrival: Arrival) => void, isEnabled = true) {
  const [state, setState] = useState<StreamState>('connecting');
  const [refusal, setRefusal] = useState<string>();
  const handler = useRef(onArrival);
  useEffect(() => {
    handler.current = onArrival;
  });

  useEffect(() => {
    if (!isEnabled) return;
    let waiting: Arrival = { clicks: [], skipped: 0 };
    const timer = setInterval(() => {
      if (waiting.clicks.length === 0 && waiting.skipped === 0) return;
      handler.current(waiting);
      waiting = { clicks: [], skipped: 0 };
    }, HAND_OVER_MS);
    const close = openStream('/api/clicks/tail', {
      onState: setState,
      onRefused: (error) => setRefusal(errorMessage(error)),
      onEvent: ({ event, data }) => {
        const body: unknown = JSON.parse(data);

        if (event === 'click') waiting.clicks.unshift(body as Click);
        else if (event === 'skipped') waiting.skipped += skipped.safeParse(body).data?.clicks ?? 0;
      },
    });
    return () => {
      clearInterval(timer);
      close();
    };
  }, [isEnabled]);

  return { state, refusal };
}
