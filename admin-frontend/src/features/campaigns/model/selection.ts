/** What the side panel is about. */
export type Selection =
  | { kind: 'entry' }
  | { kind: 'end' }
  | { kind: 'simulate' }
  | { kind: 'stream'; stream: string }
  | { kind: 'destination'; destination: string };
