import { Box, Code } from '@mantine/core';
import { CopyButton } from './copy-button';

type Props = { code: string; what?: string; maxHeight?: number };

/** Text to be read or copied as it is: URLs, JSON, snippets. */
export function CodeBlock({ code, what = 'this', maxHeight = 360 }: Props) {
  return (
    <Box pos="relative">
      <Code
        block
        mah={maxHeight}
        pr={40}
        tabIndex={0}
        role="region"
        aria-label={`Text of ${what}`}
        style={{ overflow: 'auto', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
      >
        {code}
      </Code>
      <Box pos="absolute" top={6} right={6}>
        <CopyButton value={code} what={what} />
      </Box>
    </Box>
  );
}
