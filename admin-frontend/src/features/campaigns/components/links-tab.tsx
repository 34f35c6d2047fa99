import { Card, Group, Select, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import * as z from 'zod/mini';
import { CodeBlock } from '@/components/ui/display/code-block';
import { useStored } from '@/lib/browser/stored';
import { useEntityNames } from '@/components/ui/entity/entity-name';
import { useMay } from '@/lib/session/me';
import type { Whole } from '../api/campaign';
import { useSourceMacros } from '../api/source-presets';
import { readOrigin, trackingLinks } from '../model/tracking-links';
import { SignedLinks } from './signed-links';

const storedOrigin = z.string();
/** Where traffic-service listens by default. */
const DEFAULT_ORIGIN = `${window.location.protocol}//${window.location.hostname}:8080`;
const NO_MACROS = '';
const MONO = { input: { fontFamily: 'var(--mantine-font-family-monospace)' } };

export function LinksTab({ campaign }: { campaign: Whole }) {
  const [typed, setTyped] = useStored('node-address', storedOrigin, DEFAULT_ORIGIN);
  const presets = useSourceMacros();
  const source = useEntityNames('source')?.get(campaign.source_id ?? '');
  const own = presets?.find(({ slug, name }) => slug === source?.detail || name === source?.name);
  const [chosen, setChosen] = useState<string>();
  const [edited, setEdited] = useState<string>();
  const mayWrite = useMay('config:write');
  const slug = chosen ?? own?.slug ?? NO_MACROS;
  const query = edited ?? presets?.find((preset) => preset.slug === slug)?.query ?? '';
  const origin = readOrigin(typed);
  const hasDomains = campaign.domain_hosts.length > 0;

  return (
    <Stack gap="md" maw={860}>
      <Card component="section" aria-label="Tracking links">
        <Title order={2}>Tracking links</Title>
        <Text size="sm" c="dimmed" mb="sm">
          Paste one at the traffic source. Both forms lead to the same campaign.
        </Text>
        <SimpleGrid cols={{ base: 1, sm: 2 }} mb="sm">
          <Select
            label="With the macros of"
            description={
              own && slug === own.slug ? 'Known from the campaign’s source' : 'Known traffic sources'
            }
            searchable
            allowDeselect={false}
            data={[
              { value: NO_MACROS, label: 'No macros' },
              ...(presets ?? []).map((preset) => ({ value: preset.slug, label: preset.name })),
            ]}
            value={slug}
            onChange={(next) => {
              setChosen(next ?? NO_MACROS);
              setEdited(undefined);
            }}
          />
          {hasDomains ? (
            <Text size="sm" c="dimmed">
              It answers on its own domains only: {campaign.domain_hosts.join(', ')}.
            </Text>
          ) : (
            <TextInput
              label="Address of your traffic nodes"
              description="Remembered in this browser; custom domains need none"
              value={typed}
              error={origin ? undefined : 'Such as https://go.example.com'}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          )}
        </SimpleGrid>
        <TextInput
          label="Parameters"
          styles={MONO}
          mb="sm"
          placeholder="external_id={clickid}&sub1={zone}&cost={bid}"
          value={query}
          onChange={(event) => setEdited(event.currentTarget.value)}
        />
        <Stack gap="sm">
          {trackingLinks(campaign, origin ?? DEFAULT_ORIGIN, query).map(({ label, url }) => (
            <div key={url}>
              <Group gap={6} mb={4}>
                <Text size="sm" fw={500}>
                  {label}
                </Text>
              </Group>
              <CodeBlock code={url} what={`the link ${label.charAt(0).toLowerCase()}${label.slice(1)}`} />
            </div>
          ))}
        </Stack>
      </Card>
      {mayWrite && <SignedLinks campaign={campaign} origin={origin ?? DEFAULT_ORIGIN} />}
    </Stack>
  );
}
