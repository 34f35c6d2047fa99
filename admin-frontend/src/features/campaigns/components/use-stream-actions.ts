/** What can be done with the form's streams. The list stays in the order in which nodes ask. */
import { useMemo } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import {
  copiedStream,
  inOrder,
  newStream,
  type CampaignValues,
  type StreamValues,
} from '../model/campaign-values';

export type StreamActions = {
  /** Gives the id of the new one. */
  add: () => string;
  copy: (id: string) => string | undefined;
  remove: (id: string) => void;
  move: (id: string, to: number) => void;
  setStatus: (id: string, status: StreamValues['status']) => void;
  setKind: (id: string, kind: StreamValues['kind']) => void;
};

export function useStreamActions(form: UseFormReturn<CampaignValues>): StreamActions {
  return useMemo(() => {
    const streams = () => form.getValues('streams');
    const write = (next: StreamValues[]) => {
      form.clearErrors('streams');
      form.setValue('streams', inOrder(next), { shouldDirty: true, shouldTouch: true });
    };
    const change = (id: string, part: Partial<StreamValues>) =>
      write(streams().map((each) => (each.id === id ? { ...each, ...part } : each)));
    return {
      add: () => {
        const stream = newStream(`Stream ${streams().length + 1}`);
        write([...streams(), stream]);
        return stream.id;
      },
      copy: (id) => {
        const at = streams().findIndex((each) => each.id === id);
        const stream = streams()[at];
        if (!stream) return undefined;
        const copy = copiedStream(stream);
        write(streams().toSpliced(at + 1, 0, copy));
        return copy.id;
      },
      remove: (id) => write(streams().filter((each) => each.id !== id)),
      move: (id, to) => {
        const stream = streams().find((each) => each.id === id);
        if (stream)
          write(
            streams()
              .filter((each) => each.id !== id)
              .toSpliced(to, 0, stream),
          );
      },
      setStatus: (id, status) => change(id, { status }),
      setKind: (id, kind) => change(id, { kind }),
    };
  }, [form]);
}
