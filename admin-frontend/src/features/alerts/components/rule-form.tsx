import { Button, Card, Group, Menu, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useFieldArray } from 'react-hook-form';
import { EntityForm } from '@/components/ui/form/entity-form';
import { SelectField, SwitchField, TextField } from '@/components/ui/form/fields';
import { DurationField } from '@/components/ui/form/special-fields';
import { useEntityForm } from '@/components/ui/form/use-entity-form';
import { useMay } from '@/lib/session/me';
import type { AlertRule } from '../api/list-rules';
import { ruleOptions } from '../api/rule';
import { useSaveRule } from '../api/save-rule';
import { ActionFields } from './action-fields';
import { ConditionFields } from './condition-fields';
import { ACTIONS, type ActionKind } from './condition-kinds';
import { newAction, RULE_LABELS, ruleInput, ruleSchema, ruleValues } from './rule-values';

type Props = { rule: AlertRule | undefined; onSaved: (rule: AlertRule) => void; onCancel?: () => void };

const ACTION_KINDS: ActionKind[] = ['webhook', 'mail', 'pause_campaign', 'pause_destination', 'set_weight'];
const MOST_ACTIONS = 10;

export function RuleForm({ rule, onSaved, onCancel }: Props) {
  const client = useQueryClient();
  const { mutateAsync: save } = useSaveRule();
  const mayWrite = useMay('config:write');
  const entityForm = useEntityForm({
    schema: ruleSchema,
    entity: rule,
    toValues: ruleValues,
    save: (values, revision) =>
      save({
        input: ruleInput(values),
        existing: rule && revision !== undefined ? { id: rule.id, revision } : undefined,
      }),
    reload: rule && (() => client.fetchQuery({ ...ruleOptions(rule.id), staleTime: 0 })),
    onSaved,
  });
  const { control, form } = entityForm;
  const actions = useFieldArray({ control, name: 'actions', keyName: 'key' });

  return (
    <EntityForm
      form={entityForm}
      submitLabel={rule ? 'Save' : 'Create rule'}
      onCancel={onCancel}
      labels={RULE_LABELS}
      isReadOnly={!mayWrite}
    >
      <Stack gap="md">
        <Card>
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextField control={control} name="name" label="Name" required autoFocus={!rule} />
            <SelectField
              control={control}
              name="status"
              label="Status"
              data={[
                { value: 'active', label: 'Active' },
                { value: 'paused', label: 'Paused' },
              ]}
            />
          </SimpleGrid>
          <SwitchField
            control={control}
            name="dry_run"
            label="Dry run"
            description="Alerts open and say what would have been done. Nothing is done, and nobody is told."
            mt="md"
          />
        </Card>
        <Card>
          <Title order={2} mb="sm">
            Condition
          </Title>
          <ConditionFields
            control={control}
            onKind={(condition) => form.setValue('condition', condition, { shouldDirty: true })}
          />
          <SimpleGrid cols={{ base: 1, sm: 2 }} mt="md">
            <DurationField
              control={control}
              name="for_minutes"
              label="It must hold for"
              description="And then not hold for as long, before the alert is resolved. 0: at once"
              unitSeconds={60}
            />
            <DurationField
              control={control}
              name="cooldown_minutes"
              label="Quiet after it was resolved"
              description="No other alert of the same thing opens for so long"
              unitSeconds={60}
            />
          </SimpleGrid>
        </Card>
        <Group justify="space-between" align="flex-end">
          <div>
            <Title order={2}>Actions</Title>
            <Text size="sm" c="dimmed">
              What is done when the alert opens.
            </Text>
          </div>
          <Menu>
            <Menu.Target>
              <Button
                variant="default"
                leftSection={<IconPlus size={16} />}
                disabled={actions.fields.length >= MOST_ACTIONS}
              >
                Add an action
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {ACTION_KINDS.map((kind) => (
                <Menu.Item key={kind} onClick={() => actions.append(newAction(kind))}>
                  {ACTIONS[kind].label}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </Group>
        {actions.fields.length === 0 && (
          <Card>
            <Text size="sm" c="dimmed">
              None: the alert is on the page of alerts, and nobody is told.
            </Text>
          </Card>
        )}
        {actions.fields.map(({ key }, at) => (
          <ActionFields key={key} control={control} at={at} onRemove={() => actions.remove(at)} />
        ))}
      </Stack>
    </EntityForm>
  );
}
