/** The frame of an entity's page: its states while it is read, its head with status and actions, its parts below. */
import { Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { isNotFound } from '@/lib/api/error';
import { useMay } from '@/lib/session/me';
import { PageHeader } from '../display/page-header';
import { StatusBadge } from '../display/status-badge';
import { ErrorNotice, NotFoundPage, PagePending } from '../feedback/pages';
import type { RowAction } from '../list/column';
import { RowMenu } from '../list/row-menu';

type Props<Entity extends { status: string }> = {
  query: UseQueryResult<Entity>;
  nameOf: (entity: Entity) => string;
  parents: { label: string; to: string }[];
  /** For those who may write. */
  actions?: (entity: Entity) => RowAction[];
  /** Beside the status, such as a health. */
  badge?: (entity: Entity) => ReactNode;
  children: (entity: Entity) => ReactNode;
};

export function EntityPage<Entity extends { status: string }>(props: Props<Entity>) {
  const { query, nameOf, parents, actions, badge, children } = props;
  const { data: entity, error, refetch } = query;
  const mayWrite = useMay('config:write');
  if (!entity) {
    if (isNotFound(error)) return <NotFoundPage />;
    return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : <PagePending />;
  }
  const name = nameOf(entity);
  return (
    <>
      <PageHeader
        title={name}
        parents={parents}
        badge={
          <>
            <StatusBadge status={entity.status} />
            {badge?.(entity)}
          </>
        }
        actions={actions && mayWrite && <RowMenu name={name} actions={actions(entity)} isWide />}
      />
      <Stack gap="md">{children(entity)}</Stack>
    </>
  );
}
