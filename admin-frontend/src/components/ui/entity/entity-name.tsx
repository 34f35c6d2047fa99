/** The name of something that is known by its id. All names of a kind are read once; the id itself is only a hint. */
import { Anchor, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { NOTHING } from '@/lib/format/numbers';
import { ENTITIES, entityNamesOptions, type EntityKind } from '@/lib/entities/entities';

type Props = {
  kind: EntityKind;
  id: string | null | undefined;
  /** Where the row brought it along: nothing is asked for then. */
  name?: string | null;
  isLink?: boolean;
};

export function useEntityNames(kind: EntityKind) {
  return useQuery(entityNamesOptions(kind)).data;
}

export function EntityName({ kind, id, name: given, isLink = true }: Props) {
  const { data: names, isPending } = useQuery({
    ...entityNamesOptions(kind),
    enabled: Boolean(id) && !given,
  });
  if (!id) return NOTHING;
  if (!given && isPending) return <Skeleton h={12} w={90} display="inline-block" />;
  const { one } = ENTITIES[kind];
  const name = given ?? names?.get(id)?.name;
  if (name === undefined) {
    return (
      <Text component="span" size="sm" c="dimmed" title={id}>
        Unknown {one.toLowerCase()}
      </Text>
    );
  }
  return isLink ? <EntityLink kind={kind} id={id} name={name} /> : <span title={id}>{name}</span>;
}

/** A name that is known already, as a link where the kind has a page. */
export function EntityLink({ kind, id, name }: { kind: EntityKind; id: string; name: string }) {
  const { routesByPath } = useRouter();
  const { page } = ENTITIES[kind];
  if (!(page in routesByPath)) return <span title={id}>{name}</span>;
  return (
    <Anchor component={Link} to={page.replace('$id', id)} size="sm" title={id}>
      {name}
    </Anchor>
  );
}
