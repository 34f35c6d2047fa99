/** For a workspace that begins: what to make, in order, up to the first click, which is seen arriving. */
import { Button, Card, Code, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import * as z from 'zod/mini';
import { CopyButton } from '@/components/ui/display/copy-button';
import { PageLink } from '@/components/ui/display/page-link';
import { useStored } from '@/lib/browser/stored';
import { useMay, useMe } from '@/lib/session/me';
import type { Schemas } from '@/lib/api/client';
import { useClickTail } from '../api/click-tail';
import { useNodes, type Node } from '../api/nodes';
import { useSetup } from '../api/setup';
import classes from './dashboard.module.css';

const dismissed = z.array(z.string());
const NONE: string[] = [];

type Step = { title: string; text: ReactNode; isDone: boolean };

export function FirstSteps() {
  const mayRead = useMay('config:read');
  const mayLog = useMay('logs:read');
  const workspaceId = useMe()?.workspace?.id ?? '';
  const [hidden, setHidden] = useStored('first-steps.hidden', dismissed, NONE);
  const isWanted = mayRead && mayLog && workspaceId !== '' && !hidden.includes(workspaceId);
  const { data: setup, refetch } = useSetup(isWanted);
  const isBeginning = isWanted && setup !== undefined && !(setup.campaign && setup.hasClick);
  const nodes = useNodes(isBeginning).data?.items ?? [];
  // The click that ends it is seen here, not when the page is read anew.
  useClickTail(() => void refetch(), isBeginning);
  const mayWrite = useMay('config:write');

  if (!isBeginning) return null;
  const { campaign } = setup;
  const link = campaign && trackingLink(campaign, nodes);
  const steps: Step[] = [
    {
      title: 'Make a traffic source',
      text: (
        <>
          Where your clicks come from. Known ones come with their macros.{' '}
          <PageLink isInline to="/sources/new">
            New source
          </PageLink>
        </>
      ),
      isDone: setup.hasSource,
    },
    {
      title: 'Make a destination',
      text: (
        <>
          The offer or page that clicks are sent to.{' '}
          <PageLink isInline to="/destinations/new">
            New destination
          </PageLink>
        </>
      ),
      isDone: setup.hasDestination,
    },
    {
      title: 'Make a campaign',
      text: (
        <>
          Its streams say which click goes where.{' '}
          <PageLink isInline to="/campaigns/new">
            New campaign
          </PageLink>
        </>
      ),
      isDone: campaign !== undefined,
    },
    {
      title: 'Open its link, and see the click arrive',
      text: link ? (
        <Group gap={4} wrap="nowrap">
          <Code style={{ overflowWrap: 'anywhere' }}>{link}</Code>
          <CopyButton value={link} what="the tracking link" />
        </Group>
      ) : campaign ? (
        'No traffic node is online: start one, and its link appears here.'
      ) : (
        'This page listens: the click shows within a second or two.'
      ),
      isDone: setup.hasClick,
    },
  ];
  const done = steps.filter(({ isDone }) => isDone).length;

  return (
    <Card padding={0} component="section" aria-label="First steps">
      <Group justify="space-between" px="md" py="sm">
        <div>
          <Title order={2}>First steps</Title>
          <Text size="sm" c="dimmed" role="status">
            {done} of {steps.length} done
            {!mayWrite && '. Your role only reads: ask a manager or an administrator to do them.'}
          </Text>
        </div>
        <Button variant="default" size="compact-sm" onClick={() => setHidden([...hidden, workspaceId])}>
          Hide
        </Button>
      </Group>
      <Stack gap={0} component="ol" m={0} p={0} style={{ listStyle: 'none' }}>
        {steps.map(({ title, text, isDone }, at) => (
          <li key={title} className={classes.step}>
            <ThemeIcon
              size={24}
              radius="xl"
              variant={isDone ? 'filled' : 'default'}
              aria-label={isDone ? 'Done' : 'To do'}
              role="img"
            >
              {isDone ? <IconCheck size={14} /> : <Text size="xs">{at + 1}</Text>}
            </ThemeIcon>
            <div style={{ minWidth: 0 }}>
              <Text
                size="sm"
                fw={550}
                td={isDone ? 'line-through' : undefined}
                c={isDone ? 'dimmed' : undefined}
              >
                {title}
              </Text>
              {!isDone && (
                <Text size="sm" c="dimmed" component="div">
                  {text}
                </Text>
              )}
            </div>
          </li>
        ))}
      </Stack>
    </Card>
  );
}

/** On a domain of the campaign's own, else on a traffic node. */
function trackingLink(campaign: Schemas['ShownCampaign'], nodes: Node[]): string | undefined {
  const path = campaign.links.campaign;
  const [host] = campaign.domain_hosts;
  if (host) return `https://${host}${path}`;
  const address = nodes.find(({ role, online, address: at }) => role === 'traffic' && online && at)?.address;
  return address ? `http://${address}${path}` : undefined;
}
