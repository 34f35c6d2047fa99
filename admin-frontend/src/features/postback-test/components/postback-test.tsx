/** Tries a postback without storing anything: a query string or a JSON body, and what would become of it step by step. */
import {
  Button,
  Card,
  Group,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { GrowingTextarea } from '@/components/ui/form/growing-textarea';
import { useState } from 'react';
import { MONOSPACE } from '@/components/ui/form/monospace';
import { notifyFailure } from '@/components/ui/feedback/notify';
import { ApiError, errorMessage } from '@/lib/api/error';
import { useRecentClick } from '../api/recent-click';
import { useTestPostback } from '../api/test-postback';
import { ExplanationView } from './explanation-view';
import { testRequest, withClick, type Form } from './test-request';

type Props = { networks: { slug: string; name: string }[] };

const EXAMPLES: Record<Form, string> = {
  query: 'click_id=&transaction_id=test-1&payout=12.50&status=approved',
  json: '{ "click_id": "", "transaction_id": "test-1", "payout": "12.50", "status": "approved" }',
};

export function PostbackTest({ networks }: Props) {
  const [form, setForm] = useState<Form>('query');
  const [texts, setTexts] = useState(EXAMPLES);
  const [slug, setSlug] = useState<string>();
  const [ip, setIp] = useState('');
  const { mutate: test, data, error, isPending } = useTestPostback();
  const { mutate: findClick, isPending: isFinding } = useRecentClick();
  const network = networks.find((each) => each.slug === slug)?.slug ?? networks[0]?.slug;
  const text = texts[form];
  const setText = (next: string) => setTexts({ ...texts, [form]: next });
  const wrong = (...fields: string[]) =>
    error instanceof ApiError ? error.fields.find(({ field }) => fields.includes(field))?.error : undefined;
  const [atText, atIp, atNetwork] = [wrong('url', 'body', 'fields'), wrong('ip'), wrong('network')];
  const isElsewhere = error && !atText && !atIp && !atNetwork;

  return (
    <Card>
      <Title order={2}>Test a postback</Title>
      <Text size="sm" c="dimmed" mb="sm">
        Says what would happen, by what is saved. Nothing is stored, and nobody is called.
      </Text>
      {network === undefined ? (
        <Text size="sm">Give the template to a network first: postbacks arrive at a network’s address.</Text>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            test(testRequest({ form, text, network, ip }));
          }}
        >
          <Stack gap="sm">
            <SimpleGrid cols={{ base: 1, xs: 2 }}>
              <Select
                label="Network"
                data={networks.map(({ slug: value, name }) => ({ value, label: name }))}
                value={network}
                allowDeselect={false}
                error={atNetwork}
                onChange={(next) => setSlug(next ?? undefined)}
              />
              <TextInput
                label="Sent from"
                placeholder="IP address; empty: not checked"
                value={ip}
                error={atIp}
                onChange={(event) => setIp(event.currentTarget.value)}
              />
            </SimpleGrid>
            <Group gap="xs" justify="space-between">
              <SegmentedControl
                aria-label="Form of the postback"
                data={[
                  { value: 'query', label: 'URL or query string' },
                  { value: 'json', label: 'JSON body' },
                ]}
                value={form}
                onChange={(next) => setForm(next === 'json' ? 'json' : 'query')}
              />
              <Button
                size="compact-sm"
                variant="default"
                loading={isFinding}
                onClick={() =>
                  findClick(undefined, {
                    onSuccess: (id) => setText(withClick(form, text, id)),
                    onError: (failure) => notifyFailure('No click put in', failure),
                  })
                }
              >
                Put in the newest click’s id
              </Button>
            </Group>
            <GrowingTextarea
              aria-label={form === 'json' ? 'JSON body' : 'URL or query string'}
              minRows={2}
              styles={MONOSPACE}
              value={text}
              error={atText}
              onChange={(event) => setText(event.currentTarget.value)}
            />
            <Group>
              <Button type="submit" variant="light" loading={isPending}>
                Test
              </Button>
              {isElsewhere && (
                <Text size="sm" c="var(--tf-bad)" role="alert">
                  {errorMessage(error)}
                </Text>
              )}
            </Group>
            {data && !error && <ExplanationView explanation={data} />}
          </Stack>
        </form>
      )}
    </Card>
  );
}
