/** A whole list as text. It is replaced by the revision that was read, so somebody else's change is met as a diff. */
import { Card, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { notifyDone } from '@/components/ui/feedback/notify';
import { EntityForm } from '@/components/ui/form/entity-form';
import { TextareaField } from '@/components/ui/form/fields';
import { MONOSPACE } from '@/components/ui/form/monospace';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { botListsOptions, type BotList, type BotLists } from '../api/bot-lists';
import { useReplaceBotLists } from '../api/replace-bot-lists';

const schema = z.object({
  ips: z.string(),
  asns: z.string().check(
    z.refine((text) => linesOf(text).every((line) => /^(as)?\d+$/i.test(line)), {
      error: 'Numbers, with or without AS in front',
    }),
  ),
  user_agents: z.string(),
});

type Values = z.infer<typeof schema>;

const LABELS: Record<string, string> = { ips: 'Addresses', asns: 'Networks', user_agents: 'User agents' };

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

function valuesOf(list: BotList) {
  return (lists: BotLists | undefined): Values => {
    const { ips = [], asns = [], user_agents = [] } = lists?.[list] ?? {};
    return {
      ips: ips.join('\n'),
      asns: asns.map((asn) => `AS${asn}`).join('\n'),
      user_agents: user_agents.join('\n'),
    };
  };
}

/** Stable, since the form follows them. */
const VALUES = { bots: valuesOf('bots'), people: valuesOf('people') };

type Props = { list: BotList; lists: BotLists; onDone: () => void };

export function EditAsText({ list, lists, onDone }: Props) {
  const client = useQueryClient();
  const { mutateAsync: replace } = useReplaceBotLists();
  const form = useEntityForm({
    schema,
    entity: lists,
    toValues: VALUES[list],
    save: ({ ips, asns, user_agents }, revision) =>
      replace({
        bots: lists.bots,
        people: lists.people,
        [list]: {
          ips: linesOf(ips),
          asns: linesOf(asns).map((asn) => Number(asn.replace(/^as/i, ''))),
          user_agents: linesOf(user_agents),
        },
        revision: revision ?? lists.revision,
      }),
    // `bots.ips[3]` is of the field that holds all of them.
    rename: (path) => path.replace(/^(bots|people)\./, ''),
    reload: () => client.fetchQuery({ ...botListsOptions, staleTime: 0 }),
    onSaved: () => {
      notifyDone('The list is replaced');
      onDone();
    },
  });
  return (
    <EntityForm form={form} submitLabel="Replace the list" onCancel={onDone} labels={LABELS} isShort>
      <Card>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            The whole list, one entry a line. Copy it to keep it, or paste another one over it.
          </Text>
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            {(['ips', 'asns', 'user_agents'] as const).map((name) => (
              <TextareaField
                key={name}
                control={form.control}
                name={name}
                label={LABELS[name]}
                minRows={10}
                maxRows={24}
                styles={MONOSPACE}
              />
            ))}
          </SimpleGrid>
        </Stack>
      </Card>
    </EntityForm>
  );
}
