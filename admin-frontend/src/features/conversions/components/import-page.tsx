import { Alert, Anchor, Button, Card, FileButton, Group, Stack, Text } from '@mantine/core';
import { GrowingTextarea } from '@/components/ui/form/growing-textarea';
import { MONOSPACE } from '@/components/ui/form/monospace';
import { IconFileUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { CodeBlock } from '@/components/ui/display/code-block';
import { PageHeader } from '@/components/ui/display/page-header';
import { EntitySelect } from '@/components/ui/entity/entity-select';
import { ApiError, errorMessage } from '@/lib/api/error';
import { plural } from '@/lib/format/numbers';
import { useImportConversions } from '../api/import-conversions';
import { csvRecords } from './csv-lines';
import { ImportResult } from './import-result';

const PARENTS = [{ label: 'Conversions', to: '/conversions' }];
const EXAMPLE = `click_id,transaction_id,event_type,payout,currency,status,created_at
AaIAPn9G6AIZb_qdSNJBnnIYJxByD3Bj,order-1001,sale,12.50,USD,approved,2026-11-20T10:00:00Z
`;
const MOST_ROWS = 10_000;

export function ImportPage() {
  const [csv, setCsv] = useState('');
  const [network, setNetwork] = useState<string | null>(null);
  const [sent, setSent] = useState('');
  const { mutate, data, error, isPending, reset } = useImportConversions();
  const rows = Math.max(0, csvRecords(csv).length - 1);

  function change(text: string) {
    setCsv(text);
    reset();
  }

  function send() {
    setSent(csv);
    mutate({ csv, network });
  }

  return (
    <>
      <PageHeader
        title="Import conversions"
        parents={PARENTS}
        description="Conversions that did not come as postbacks. What is sent again changes nothing."
      />
      <Stack gap="md">
        <Card>
          <Stack gap="md">
            <EntitySelect
              label="Network"
              description="Of rows that name none in a column “network”"
              kind="network"
              value={network}
              onChange={setNetwork}
              maw={360}
            />
            <GrowingTextarea
              label="CSV with a header line"
              description="Columns are called as the network's postbacks call them, or by the default names"
              styles={MONOSPACE}
              minRows={6}
              maxRows={16}
              value={csv}
              onChange={(event) => change(event.currentTarget.value)}
            />
            <Group justify="space-between">
              <Group gap="xs">
                <FileButton
                  accept=".csv,text/csv,text/plain"
                  onChange={(file) => file && void file.text().then(change)}
                >
                  {(props) => (
                    <Button {...props} variant="default" leftSection={<IconFileUpload size={16} />}>
                      Choose a file
                    </Button>
                  )}
                </FileButton>
                <Anchor component="button" type="button" size="sm" onClick={() => change(EXAMPLE)}>
                  Fill in an example
                </Anchor>
              </Group>
              <Group gap="sm">
                <Text size="sm" c={rows > MOST_ROWS ? 'var(--tf-bad)' : 'dimmed'} role="status">
                  {rows > MOST_ROWS ? `${plural(rows, 'row')}: at most 10,000 at once` : plural(rows, 'row')}
                </Text>
                <Button disabled={rows === 0 || rows > MOST_ROWS} loading={isPending} onClick={send}>
                  Import
                </Button>
              </Group>
            </Group>
          </Stack>
        </Card>
        {error && (
          <Alert color="red" variant="light" role="alert" title="Nothing was imported">
            {error instanceof ApiError && error.fields.length > 0
              ? error.fields.map((each) => `${each.field}: ${each.error}`).join('; ')
              : errorMessage(error)}
          </Alert>
        )}
        {data ? (
          <ImportResult answer={data} records={csvRecords(sent).slice(1)} />
        ) : (
          <Card>
            <Text size="sm" mb="xs">
              Such a file, for example:
            </Text>
            <CodeBlock code={EXAMPLE} what="the example" />
          </Card>
        )}
      </Stack>
    </>
  );
}
