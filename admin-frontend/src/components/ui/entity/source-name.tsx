import { Text, Tooltip } from '@mantine/core';
import { EntityName } from './entity-name';

const ID = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/** Of a click's traffic source: its name, or the word that the link said when no source has it. */
export function SourceName({ id, name }: { id: string; name?: string | null }) {
  if (!id || name || ID.test(id)) return <EntityName kind="source" id={id} name={name} />;
  return (
    <Tooltip label="What the link said: no traffic source of yours has this slug">
      <Text span size="sm" c="dimmed">
        “{id}”
      </Text>
    </Tooltip>
  );
}
