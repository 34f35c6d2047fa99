/** A message as text to be repaired. What is no JSON is shown as it is, since that may be what is wrong with it. */
import * as z from 'zod/mini';

const event = z.record(z.string(), z.unknown());

export type ReadMessage = { message: z.infer<typeof event> } | { problem: string };

export function indented(raw: string): string {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

export function readMessage(text: string): ReadMessage {
  try {
    const read = event.safeParse(JSON.parse(text));
    return read.success ? { message: read.data } : { problem: 'An event is a JSON object' };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : 'No JSON' };
  }
}
