/** Makes the template of a known network and the network in one go. What was made stays when the second step fails. */
import { Alert, Button, Card, Group, SimpleGrid, Stack, Switch, Text } from '@mantine/core';
import { useRef, useState } from 'react';
import { CopyButton } from '@/components/ui/display/copy-button';
import { DESCRIBED_FIRST } from '@/components/ui/form/described-first';
import { EntityForm } from '@/components/ui/form/entity-form';
import { SecretField, TextField } from '@/components/ui/form/fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { slugFrom } from '@/lib/format/slug';
import { useCreateTemplate } from '../api/create-template';
import type { Network } from '../api/network';
import type { NetworkPreset } from '../api/network-presets';
import { useSaveNetwork } from '../api/save-network';
import { fromPresetSchema, newSecret, PRESET_LABELS, type FromPresetValues } from './from-preset-values';

type Props = {
  preset: NetworkPreset;
  onOther: () => void;
  onCancel: () => void;
  onSaved: (network: Network) => void;
};

type Made = { id: string; slug: string };

export function FromPresetForm({ preset, onOther, onCancel, onSaved }: Props) {
  const { mutateAsync: createTemplate } = useCreateTemplate();
  const { mutateAsync: saveNetwork } = useSaveNetwork();
  /** Of a first try whose network was refused. */
  const template = useRef<Made>(undefined);
  const [isMade, setMade] = useState(false);
  const start: FromPresetValues = { name: preset.name, slug: preset.slug, hasSecret: false, secret: '' };

  async function create({ name, slug, hasSecret, secret }: FromPresetValues) {
    template.current ??= await createTemplate({
      preset: preset.slug,
      name,
      slug,
      ...(hasSecret && { secret }),
    });
    setMade(true);
    return saveNetwork({ input: { name, slug, status: 'active', template_id: template.current.id } });
  }

  const entityForm = useEntityForm<FromPresetValues, Network>({
    schema: fromPresetSchema,
    entity: undefined,
    start,
    toValues: () => start,
    save: create,
    onSaved,
  });
  const { control, form } = entityForm;
  const hasSecret = form.watch('hasSecret');
  const secret = form.watch('secret');
  return (
    <EntityForm
      form={entityForm}
      submitLabel="Create network and template"
      onCancel={onCancel}
      labels={PRESET_LABELS}
    >
      <Stack gap="md">
        <Alert variant="light" title={`From the preset “${preset.name}”`}>
          <Stack gap={6}>
            <Text size="sm">
              You will see what to paste at the network on the next page. After: {preset.origin}
            </Text>
            <Button size="compact-sm" variant="default" w="fit-content" onClick={onOther}>
              Choose another one
            </Button>
          </Stack>
        </Alert>
        {isMade && (
          <Alert color="yellow" variant="light">
            The template is made already. Mend the network below and try again; its template is kept.
          </Alert>
        )}
        <Card>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextField
              control={control}
              name="name"
              label="Name"
              required
              autoFocus
              onInput={(event) => {
                if (!form.getFieldState('slug').isTouched)
                  form.setValue('slug', slugFrom(event.currentTarget.value));
              }}
            />
            <TextField
              control={control}
              name="slug"
              label="Slug"
              required
              description="Part of the postback URL"
            />
          </SimpleGrid>
          <Stack gap="sm" mt="md">
            <Switch
              label="Ask for a secret"
              description="Postbacks without it are refused. It is part of the URL that you paste at the network."
              checked={hasSecret}
              disabled={isMade}
              onChange={(event) => {
                form.setValue('hasSecret', event.currentTarget.checked);
                form.setValue('secret', event.currentTarget.checked ? newSecret() : '');
              }}
            />
            {hasSecret && (
              <Group gap={6} wrap="nowrap" maw={520} align="flex-end">
                <SecretField
                  control={control}
                  name="secret"
                  label="Secret"
                  description="Copy it now: nobody can read it afterwards"
                  inputWrapperOrder={DESCRIBED_FIRST}
                  flex={1}
                  disabled={isMade}
                />
                <Group h={34}>
                  <CopyButton value={secret} what="the secret" />
                </Group>
              </Group>
            )}
          </Stack>
        </Card>
      </Stack>
    </EntityForm>
  );
}
