/** Shows its children to those who may. For whole pages: `<May permission=... page>` says why there is nothing. */
import type { ReactNode } from 'react';
import { useMay, useMe, type Permission } from '@/lib/session/me';
import { NoPermission, PagePending } from './pages';

type Props = { permission: Permission; children: ReactNode; page?: boolean };

export function May({ permission, children, page = false }: Props) {
  const isKnown = useMe() !== undefined;
  const may = useMay(permission);
  if (may) return children;
  if (!page) return null;
  return isKnown ? <NoPermission /> : <PagePending />;
}
