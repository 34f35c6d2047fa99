import { Card, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import type { CampaignValues } from '../model/campaign-values';
import { EndFields, EntryFields, IdentityFields, LinkPolicyFields, WindowFields } from './campaign-sections';

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card component="section" aria-label={title}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

export function SettingsTab({
  form,
  isArchived,
}: {
  form: UseFormReturn<CampaignValues>;
  isArchived: boolean;
}) {
  return (
    <Stack gap="md">
      <Section title="Campaign">
        <IdentityFields form={form} isArchived={isArchived} />
      </Section>
      <Section title="Which clicks come in">
        <EntryFields form={form} />
      </Section>
      <Section title="What no stream can serve">
        <EndFields form={form} />
      </Section>
      <Section title="Windows">
        <WindowFields form={form} />
      </Section>
      <Section title="Signed links that do not hold">
        <LinkPolicyFields form={form} />
      </Section>
    </Stack>
  );
}
