import { Text } from '@mantine/core';
import { EntityName, useEntityNames } from './entity-name';

/** Whom a call went to: a traffic source or a webhook, told apart by who has the id. */
export function CallTarget({ id }: { id: string }) {
  const sources = useEntityNames('source');
  const webhooks = useEntityNames('webhook');
  if (sources?.has(id)) return <EntityName kind="source" id={id} />;
  if (webhooks?.has(id)) return <EntityName kind="webhook" id={id} />;
  return (
    <Text span size="sm" c="dimmed" title={id}>
      {sources && webhooks ? 'a deleted target' : '…'}
    </Text>
  );
}
