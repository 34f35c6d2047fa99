import { Text } from '@mantine/core';

/** A URL in a table: one line, its end cut off, whole on hover. */
export function UrlText({ url, width = 320 }: { url: string; width?: number }) {
  return (
    <Text component="span" display="block" size="xs" ff="monospace" maw={width} truncate title={url}>
      {url}
    </Text>
  );
}
