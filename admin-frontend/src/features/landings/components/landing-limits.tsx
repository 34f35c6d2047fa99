/** Schedule and caps in words. They are edited where those of all destinations are: a landing is one of them. */
import { Card, Group, List, Text, Title } from '@mantine/core';
import { words } from '@/components/ui/display/status-badge';
import { EntityName } from '@/components/ui/entity/entity-name';
import { HiddenMoney } from '@/components/ui/display/money';
import type { Landing } from '../api/landing';

type Cap = Landing['caps'][number];

function windowOf({ window_hours, calendar_timezone }: Cap): string {
  if (calendar_timezone) return `a calendar day in ${calendar_timezone}`;
  return window_hours ? `${window_hours} h` : 'ever';
}

export function LandingLimits({ landing: { schedule, caps } }: { landing: Landing }) {
  if (!schedule && caps.length === 0) return null;
  return (
    <Card>
      <Title order={2} mb="xs">
        Schedule and caps
      </Title>
      <List size="sm" spacing={4}>
        {schedule?.windows.map(({ weekdays, start, end }, at) => (
          <List.Item key={at}>
            Open {weekdays.map(words).join(', ')} from {start} to {end} ({schedule.timezone})
          </List.Item>
        ))}
        {caps.map((cap, at) => (
          <List.Item key={at}>
            <Group gap={4}>
              <Text size="sm">
                At most {cap.limit ?? <HiddenMoney />} {cap.metric} in {windowOf(cap)}
              </Text>
              {cap.redirect_destination_id && (
                <Text size="sm">
                  , then to <EntityName kind="destination" id={cap.redirect_destination_id} />
                </Text>
              )}
            </Group>
          </List.Item>
        ))}
      </List>
    </Card>
  );
}
