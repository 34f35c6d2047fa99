import { TextLink } from '@/components/ui/display/links';
import { StatusBadge, ToneBadge } from '@/components/ui/display/status-badge';
import { Ago } from '@/components/ui/display/time';
import type { Column } from '@/components/ui/list/column';
import type { Domain } from '../api/domain';

export const domainColumns: Column<Domain>[] = [
  {
    id: 'host',
    header: 'Host',
    isFixed: true,
    sort: 'host',
    cell: ({ id, host }) => (
      <TextLink to="/domains/$id" params={{ id }} fw={500} c="inherit">
        {host}
      </TextLink>
    ),
  },
  { id: 'status', header: 'Status', width: 110, cell: ({ status }) => <StatusBadge status={status} /> },
  {
    id: 'verified',
    header: 'Verification',
    width: 130,
    cell: ({ verified }) => <VerifiedBadge isVerified={verified} />,
  },
  {
    id: 'checked_at',
    header: 'Looked up',
    width: 120,
    cell: ({ check }) => <Ago at={check.checked_at} />,
  },
  {
    id: 'error',
    header: 'Last finding',
    width: 320,
    cell: ({ check, verified }) => check.error ?? (verified ? 'In order' : 'Not looked up yet'),
  },
  {
    id: 'created_at',
    header: 'Created',
    width: 120,
    sort: 'created_at',
    descFirst: true,
    isHidden: true,
    cell: ({ created_at }) => <Ago at={created_at} />,
  },
];

export function VerifiedBadge({ isVerified }: { isVerified: boolean }) {
  return (
    <ToneBadge tone={isVerified ? 'good' : 'warn'}>{isVerified ? 'Verified' : 'Not verified'}</ToneBadge>
  );
}
