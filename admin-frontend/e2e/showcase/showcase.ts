/** The workspace of the showcase, one that is new, and who is in them. */
import { z } from 'zod';
import { liveThrough } from './traffic';
import {
  buildWorkspace,
  flowOf,
  letIn,
  makeWorkspace,
  untilProbed,
  within,
  type MadeCampaign,
  type Workspace,
} from './workspace';

export interface Showcase {
  /** Addresses that sign in. */
  owner: string;
  /** Sees no amounts. */
  analyst: string;
  /** Owns a workspace in which nothing was made yet. */
  beginner: string;
  flow: MadeCampaign;
  destination: string;
  click: string;
  conversion: string;
  postback: string;
  end: () => void;
}

const rows = z.object({ items: z.array(z.record(z.string(), z.unknown())).min(1) });

async function first({ api }: Workspace, path: string, key: string): Promise<string> {
  return z.string().parse(rows.parse(await api('GET', path)).items[0]?.[key]);
}

export async function buildShowcase(): Promise<Showcase> {
  const workspace = await buildWorkspace('Northwind Media');
  const { api, destinations, probed } = workspace;
  const owner = await letIn(api, { name: 'Anna Berg', email: 'anna@northwind.example', role: 'owner' });
  const analyst = await letIn(api, {
    name: 'Jonas Weber',
    email: 'jonas@northwind.example',
    role: 'analyst',
    mask_money: true,
  });
  const empty = within(await makeWorkspace('Fresh start'));
  const beginner = await letIn(empty, { name: 'Mia Lund', email: 'mia@fresh.example', role: 'owner' });
  await liveThrough(workspace);
  await untilProbed(workspace);
  return {
    owner,
    analyst,
    beginner,
    flow: flowOf(workspace),
    destination: destinations.get('Shieldly VPN for iPhone') ?? '',
    click: await first(workspace, '/api/clicks?limit=1&device_type=mobile', 'click_id'),
    conversion: await first(workspace, '/api/conversions?limit=1', 'conversion_id'),
    postback: await first(workspace, '/api/postback-logs?limit=1', 'event_id'),
    end: () => void probed.close(),
  };
}
