/** Clicks as they arrive. What arrives between two frames of the eye is handed over together. */
import { useEffect, useEffectEvent, useState } from 'react';
import * as z from 'zod/mini';
import type { ApiError } from '@/lib/api/error';
import { pathWithQuery } from '@/lib/api/download';
import { openStream, type StreamState } from '@/lib/api/sse';
import type { Click } from './list-clicks';

const HAND_OVER_MS = 500;

const skippedSchema = z.object({ clicks: z.number() });

type Asked = Record<string, string | boolean | undefined>;

/** The API writes a click here as it writes the rows of the list. */
function isClick(value: unknown): value is Click {
  return typeof value === 'object' && value !== null && 'event_id' in value && 'click_id' in value;
}

export function useClickTail(asked: Asked, onClicks: (clicks: Click[], skipped: number) => void) {
  const [state, setState] = useState<StreamState>('connecting');
  const [refused, setRefused] = useState<ApiError>();
  const path = pathWithQuery('/api/clicks/tail', asked);
  const handOver = useEffectEvent(onClicks);

  useEffect(() => {
    let clicks: Click[] = [];
    let skipped = 0;
    const timer = setInterval(() => {
      handOver(clicks, skipped);
      clicks = [];
      skipped = 0;
    }, HAND_OVER_MS);
    const close = openStream(path, {
      onEvent: ({ event, data }) => {
        const said: unknown = JSON.parse(data);
        if (event === 'click' && isClick(said)) clicks.push(said);
        else if (event === 'skipped') skipped += skippedSchema.safeParse(said).data?.clicks ?? 0;
      },
      onState: setState,
      onRefused: setRefused,
    });
    return () => {
      clearInterval(timer);
      close();
    };
  }, [path]);

  return { state, refused };
}
