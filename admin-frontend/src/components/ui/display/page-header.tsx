/** The top of every page: where it is, what it is, what can be done. Also the document's title. */
import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

type Props = {
  title: string;
  /** Beside the title, such as a status. */
  badge?: ReactNode;
  description?: ReactNode;
  parents?: { label: string; to: string }[];
  actions?: ReactNode;
};

export function PageHeader({ title, badge, description, parents, actions }: Props) {
  return (
    <Group component="header" justify="space-between" align="center" gap="sm" mb="md" mih={36}>
      <title>{`${title} · TraffoFlex`}</title>
      <Stack gap={2} miw={0}>
        {parents && (
          <nav aria-label="Breadcrumbs">
            <Breadcrumbs separator="/" separatorMargin={6}>
              {parents.map(({ label, to }) => (
                <Anchor key={to} component={Link} to={to} size="xs" c="dimmed">
                  {label}
                </Anchor>
              ))}
            </Breadcrumbs>
          </nav>
        )}
        <Group gap="xs">
          <Title order={1} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          {badge}
        </Group>
        {description && (
          <Text size="sm" c="dimmed" component="div">
            {description}
          </Text>
        )}
      </Stack>
      {actions && <Group gap="xs">{actions}</Group>}
    </Group>
  );
}
