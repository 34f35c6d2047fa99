import { useRouter } from '@tanstack/react-router';
import { useMemo } from 'react';
import { NAVIGATION, type NavGroup } from '@/config/navigation';
import { useMe } from '@/lib/session/me';

/** The navigation's groups as this caller sees them. */
export function useNavigation(): NavGroup[] {
  const me = useMe();
  const { routesByPath } = useRouter();
  return useMemo(() => {
    const may = new Set(me?.permissions);
    return NAVIGATION.map(({ label, items }) => ({
      label,
      items: items.filter(({ to, permission }) => to in routesByPath && (!permission || may.has(permission))),
    })).filter(({ items }) => items.length > 0);
  }, [me, routesByPath]);
}
