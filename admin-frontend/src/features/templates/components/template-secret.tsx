/** The secret of a template: it goes in and never comes out, so it can only be set anew, removed, or left alone. */
import { Button, Group, Input, Stack, Text } from '@mantine/core';
import { useController, type Control } from 'react-hook-form';
import { CopyButton } from '@/components/ui/display/copy-button';
import { SecretField } from '@/components/ui/form/fields';
import type { TemplateValues } from './template-values';

const BYTES = 24;

function generated(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

type Props = { control: Control<TemplateValues>; hasSecret: boolean; isReadOnly: boolean };

export function TemplateSecret({ control, hasSecret, isReadOnly }: Props) {
  const change = useController({ control, name: 'secret.change' }).field;
  const value = useController({ control, name: 'secret.value' }).field;
  const choose = (next: TemplateValues['secret']['change'], text = '') => {
    change.onChange(next);
    value.onChange(text);
  };
  const said = {
    keep: hasSecret ? 'There is one. Postbacks without it are refused.' : 'None: no secret is asked for.',
    remove: 'It will be removed when you save: no secret will be asked for.',
    set: hasSecret
      ? 'When you save, the old one stops counting at once: set the new one at the network, too.'
      : 'Copy it before you save: nobody can read it afterwards.',
  };
  return (
    <Input.Wrapper label="Secret" labelElement="div">
      <Stack gap={6}>
        <Text size="sm" c="dimmed" role="status">
          {said[change.value]}
        </Text>
        {change.value === 'set' && (
          <Group gap={6} align="flex-start" wrap="nowrap" maw={520}>
            <SecretField control={control} name="secret.value" aria-label="New secret" flex={1} />
            <Button variant="default" onClick={() => value.onChange(generated())}>
              Generate
            </Button>
            <Group h={34}>
              <CopyButton value={value.value} what="the secret" />
            </Group>
          </Group>
        )}
        {!isReadOnly && (
          <Group gap="xs">
            {change.value === 'keep' ? (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => choose('set', hasSecret ? '' : generated())}
              >
                {hasSecret ? 'Set another one' : 'Ask for a secret'}
              </Button>
            ) : (
              <Button size="compact-sm" variant="default" onClick={() => choose('keep')}>
                Leave it as it was
              </Button>
            )}
            {change.value === 'keep' && hasSecret && (
              <Button size="compact-sm" variant="default" c="var(--tf-bad)" onClick={() => choose('remove')}>
                Remove it
              </Button>
            )}
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
