/** What to paste at the network, and what to add to its offers' URLs here. */
import { Alert, Card, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CodeBlock } from '@/components/ui/display/code-block';
import type { Network } from '../api/network';
import { useNetworkPresets } from '../api/network-presets';
import { templateOfNetworkOptions } from '../api/template-of-network';

/** Of the card with a secret and one URL: what is below it stays where it is. */
const LOADING_HEIGHT_PX = 172;

export function PasteUrls({ network }: { network: Network }) {
  const { postback_urls, postback_path, template_id } = network;
  const { data: template, isLoading: isTemplateLoading } = useQuery({
    ...templateOfNetworkOptions(template_id ?? ''),
    enabled: Boolean(template_id),
  });
  const { data: presets, isLoading: arePresetsLoading } = useNetworkPresets();
  if (isTemplateLoading || (template?.preset && arePresetsLoading))
    return <Skeleton h={LOADING_HEIGHT_PX} role="status" aria-label="Loading" />;
  const preset = template?.preset ? presets?.find(({ slug }) => slug === template.preset) : undefined;
  return (
    <Card>
      <Title order={2}>At the network</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {preset
          ? `Paste this as postback URL. The words in braces are ${preset.name}’s own macros.`
          : 'Paste this as postback URL, with the network’s own macros in place of the words in braces.'}
      </Text>
      <Stack gap="sm">
        {postback_urls.length === 0 && (
          <Alert color="yellow" variant="light">
            No postback node has said yet where it can be reached. Put its address before this path:
          </Alert>
        )}
        {(postback_urls.length > 0 ? postback_urls : [postback_path]).map((url) => (
          <CodeBlock key={url} code={url} what="the postback URL" />
        ))}
        {template?.has_secret && (
          <Text size="sm">
            Put the secret in place of <b>{'{secret}'}</b>. It is not shown here; set another one on the
            template’s page if nobody remembers it.
          </Text>
        )}
        {preset && (
          <>
            <Text size="sm">
              At the end of the offers’ URLs here, so that the network learns the click id:
            </Text>
            <CodeBlock code={preset.offer_query} what="the end of the offer’s URL" />
          </>
        )}
      </Stack>
    </Card>
  );
}
