/** Mints links that settle where a click goes and cannot be changed on the way. */
import {
  Button,
  Card,
  Collapse,
  Group,
  NumberInput,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconKey } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { CodeBlock } from '@/components/ui/display/code-block';
import { Time } from '@/components/ui/display/time';
import { notifyFailure } from '@/components/ui/feedback/notify';
import { Select } from '@mantine/core';
import { ApiError } from '@/lib/api/error';
import { plural } from '@/lib/format/numbers';
import type { Whole } from '../api/campaign';
import { useDestinations } from '../api/list-destinations';
import { useMintLinks, type LinkRequest } from '../api/mint-links';
import { destinationName } from '../model/flow';

const SUBS = ['sub1', 'sub2', 'sub3', 'sub4', 'sub5', 'sub6', 'sub7', 'sub8', 'sub9', 'sub10'] as const;
const LIFETIMES = [
  { value: '', label: 'Never' },
  { value: '3600', label: 'After an hour' },
  { value: '86400', label: 'After a day' },
  { value: '604800', label: 'After 7 days' },
  { value: '2592000', label: 'After 30 days' },
];

export function SignedLinks({ campaign, origin }: { campaign: Whole; origin: string }) {
  const { mutateAsync, isPending, error, data: minted } = useMintLinks(campaign.id);
  const destinations = useDestinations();
  const [request, setRequest] = useState<LinkRequest>({ count: 1, one_time: false });
  const [areSubsShown, subs] = useDisclosure(false);
  const set = (part: Partial<LinkRequest>) => setRequest((before) => ({ ...before, ...part }));
  const streams = campaign.streams.filter(({ status }) => status === 'active');
  const targets = new Set(
    streams
      .filter(({ id }) => !request.stream_id || id === request.stream_id)
      .flatMap(({ targets: all }) => all.map(({ destination_id }) => destination_id)),
  );
  const fieldError = (field: string) =>
    error instanceof ApiError ? error.fields.find((each) => each.field === field)?.error : undefined;
  const host = campaign.domain_hosts[0];
  const base = host ? `https://${host}` : origin;

  function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    mutateAsync(request).catch((failure: unknown) => {
      if (!(failure instanceof ApiError && failure.fields.length > 0))
        notifyFailure('No links were made', failure);
    });
  }

  return (
    <Card component="section" aria-label="Signed links">
      <Title order={2}>Signed links</Title>
      <Text size="sm" c="dimmed" mb="sm">
        They settle stream, destination and sub values, may expire, and cannot be changed by those who get
        them.
      </Text>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <Select
              label="Stream"
              placeholder="As any click"
              clearable
              data={streams.map(({ id, name }) => ({ value: id, label: name }))}
              value={request.stream_id ?? null}
              error={fieldError('stream_id')}
              onChange={(stream_id) => set({ stream_id, destination_id: null })}
            />
            <Select
              label="Destination"
              placeholder="As the stream picks"
              clearable
              data={[...targets].map((id) => ({ value: id, label: destinationName(id, destinations) }))}
              value={request.destination_id ?? null}
              error={fieldError('destination_id')}
              onChange={(destination_id) => set({ destination_id })}
            />
            <Select
              label="Expires"
              allowDeselect={false}
              data={LIFETIMES}
              value={String(request.expires_in_seconds ?? '')}
              error={fieldError('expires_in_seconds')}
              onChange={(seconds) => set({ expires_in_seconds: seconds ? Number(seconds) : null })}
            />
            <NumberInput
              label="How many"
              min={1}
              max={1000}
              allowDecimal={false}
              value={request.count ?? 1}
              error={fieldError('count')}
              onChange={(count) => set({ count: typeof count === 'number' ? count : 1 })}
            />
          </SimpleGrid>
          <Group gap="lg">
            <Switch
              label="Each is good for one click"
              checked={request.one_time ?? false}
              onChange={(event) => set({ one_time: event.currentTarget.checked })}
            />
            <Button size="compact-sm" variant="subtle" aria-expanded={areSubsShown} onClick={subs.toggle}>
              Sub values
            </Button>
          </Group>
          <Collapse in={areSubsShown}>
            <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="xs">
              {SUBS.map((sub) => (
                <TextInput
                  key={sub}
                  size="xs"
                  label={sub}
                  maxLength={255}
                  value={request[sub] ?? ''}
                  error={fieldError(sub)}
                  onChange={(event) => set({ [sub]: event.currentTarget.value || null })}
                />
              ))}
            </SimpleGrid>
          </Collapse>
          <Group>
            <Button type="submit" variant="default" leftSection={<IconKey size={16} />} loading={isPending}>
              Make {plural(request.count ?? 1, 'link')}
            </Button>
          </Group>
        </Stack>
      </form>
      {minted && (
        <Stack gap={6} mt="md" role="status">
          <Text size="sm" fw={500}>
            {plural(minted.length, 'link')}
            {minted[0]?.expires_at ? (
              <>
                , good until <Time at={minted[0].expires_at} />
              </>
            ) : (
              ', good for ever'
            )}
            {minted[0]?.one_time && ', each for one click'}
          </Text>
          <CodeBlock code={minted.map(({ path }) => base + path).join('\n')} what="the signed links" />
        </Stack>
      )}
    </Card>
  );
}
