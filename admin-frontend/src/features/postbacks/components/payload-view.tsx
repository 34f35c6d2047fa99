import { Text } from '@mantine/core';
import { CodeBlock } from '@/components/ui/display/code-block';
import { HiddenMoney } from '@/components/ui/display/money';
import { readablePayload } from './readable-payload';

/** What was sent, as it was; a query string has a line for each parameter. */
export function PayloadView({ payload }: { payload: string | null | undefined }) {
  if (payload === null) return <HiddenMoney />;
  if (!payload) {
    return (
      <Text size="sm" c="dimmed">
        Nothing was kept.
      </Text>
    );
  }
  return <CodeBlock code={readablePayload(payload)} what="the payload" />;
}
