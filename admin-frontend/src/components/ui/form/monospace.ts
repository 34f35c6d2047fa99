/** For fields whose text is code: `styles={MONOSPACE}`. Labels keep the page's font. */
export const MONOSPACE = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };
