/**
 * Where everything is. An entry shows once its route exists and the caller has its permission, so a feature's page
 * appears with its route file and needs no edit here.
 */
import {
  IconActivity,
  IconAffiliate,
  IconAlertOctagon,
  IconArrowForwardUp,
  IconArrowsSplit2,
  IconBell,
  IconBuilding,
  IconChartHistogram,
  IconClick,
  IconCoins,
  IconCurrencyDollar,
  IconDatabaseImport,
  IconHeartbeat,
  IconHistory,
  IconKey,
  IconLayoutDashboard,
  IconLayoutNavbar,
  IconMailOff,
  IconPlugConnected,
  IconReportMoney,
  IconRobot,
  IconServer2,
  IconServerCog,
  IconShieldLock,
  IconTarget,
  IconTemplate,
  IconUserCheck,
  IconUserCircle,
  IconUsers,
  IconWebhook,
  IconWorld,
  type Icon,
} from '@tabler/icons-react';
import type { Permission } from '@/lib/session/me';

export type NavItem = {
  to: string;
  label: string;
  icon: Icon;
  permission?: Permission;
  /** Pressed after `g`. */
  key?: string;
  /** More words that the palette finds it by. */
  words?: string;
};

export type NavGroup = { label: string; items: NavItem[] };

export const NAVIGATION: NavGroup[] = [
  {
    label: 'Overview',
    items: [
      { to: '/', label: 'Dashboard', icon: IconLayoutDashboard, key: 'h', words: 'home start' },
      {
        to: '/reports',
        label: 'Reports',
        icon: IconChartHistogram,
        permission: 'reports:read',
        key: 'r',
        words: 'statistics drilldown pivot',
      },
      {
        to: '/campaigns',
        label: 'Campaigns',
        icon: IconArrowsSplit2,
        permission: 'config:read',
        key: 'c',
        words: 'flows streams',
      },
    ],
  },
  {
    label: 'Traffic',
    items: [
      {
        to: '/destinations',
        label: 'Destinations',
        icon: IconTarget,
        permission: 'config:read',
        key: 'd',
        words: 'offers urls',
      },
      {
        to: '/landings',
        label: 'Landings',
        icon: IconLayoutNavbar,
        permission: 'config:read',
        key: 'l',
        words: 'landing pages prelanders',
      },
      {
        to: '/sources',
        label: 'Sources',
        icon: IconPlugConnected,
        permission: 'config:read',
        key: 's',
        words: 'traffic sources',
      },
      {
        to: '/networks',
        label: 'Networks',
        icon: IconAffiliate,
        permission: 'config:read',
        key: 'n',
        words: 'affiliate networks',
      },
      {
        to: '/templates',
        label: 'Templates',
        icon: IconTemplate,
        permission: 'config:read',
        key: 't',
        words: 'postback templates',
      },
      { to: '/domains', label: 'Domains', icon: IconWorld, permission: 'config:read', words: 'dns' },
    ],
  },
  {
    label: 'Logs',
    items: [
      {
        to: '/clicks',
        label: 'Clicks',
        icon: IconClick,
        permission: 'logs:read',
        key: 'k',
        words: 'click log live',
      },
      {
        to: '/conversions',
        label: 'Conversions',
        icon: IconCoins,
        permission: 'logs:read',
        key: 'v',
        words: 'leads sales',
      },
      {
        to: '/postbacks',
        label: 'Postbacks',
        icon: IconActivity,
        permission: 'logs:read',
        key: 'p',
        words: 'postback logs replay',
      },
      {
        to: '/errors',
        label: 'Errors',
        icon: IconAlertOctagon,
        permission: 'logs:read',
        key: 'e',
        words: 'ingestion errors',
      },
      {
        to: '/dead-letters',
        label: 'Dead letters',
        icon: IconMailOff,
        permission: 'logs:read',
        words: 'outbound retry',
      },
      {
        to: '/nodes',
        label: 'Nodes',
        icon: IconServer2,
        permission: 'logs:read',
        words: 'edge servers outbox',
      },
    ],
  },
  {
    label: 'Watch',
    items: [
      {
        to: '/health',
        label: 'Destination health',
        icon: IconHeartbeat,
        permission: 'reports:read',
        words: 'probes outages',
      },
      {
        to: '/trafficback',
        label: 'Trafficback',
        icon: IconArrowForwardUp,
        permission: 'reports:read',
        words: 'not routed fallback reasons',
      },
      {
        to: '/alerts',
        label: 'Alerts',
        icon: IconBell,
        permission: 'logs:read',
        key: 'a',
        words: 'rules automation',
      },
      {
        to: '/audit-log',
        label: 'Audit log',
        icon: IconHistory,
        permission: 'audit:read',
        words: 'history changes',
      },
    ],
  },
  {
    label: 'Settings',
    items: [
      {
        to: '/settings/workspace',
        label: 'Workspace',
        icon: IconBuilding,
        permission: 'config:read',
        words: 'currency trafficback',
      },
      {
        to: '/settings/members',
        label: 'Members',
        icon: IconUsers,
        permission: 'members:manage',
        words: 'roles invite team',
      },
      {
        to: '/settings/users',
        label: 'Users',
        icon: IconUserCheck,
        permission: 'members:manage',
        words: 'approve approval',
      },
      {
        to: '/settings/api-keys',
        label: 'API keys',
        icon: IconKey,
        permission: 'keys:manage',
        words: 'tokens',
      },
      { to: '/settings/webhooks', label: 'Webhooks', icon: IconWebhook, permission: 'config:read' },
      {
        to: '/settings/bot-lists',
        label: 'Bot lists',
        icon: IconRobot,
        permission: 'config:read',
        words: 'block list',
      },
      {
        to: '/settings/rates',
        label: 'Currency rates',
        icon: IconCurrencyDollar,
        permission: 'config:read',
        words: 'exchange',
      },
      {
        to: '/settings/costs',
        label: 'Costs',
        icon: IconReportMoney,
        permission: 'config:write',
        words: 'cost update',
      },
      {
        to: '/settings/privacy',
        label: 'Privacy',
        icon: IconShieldLock,
        permission: 'privacy:erase',
        words: 'retention erasure gdpr',
      },
      {
        to: '/settings/import-export',
        label: 'Import and export',
        icon: IconDatabaseImport,
        permission: 'workspace:manage',
        words: 'backup json',
      },
      {
        to: '/settings/installation',
        label: 'Installation',
        icon: IconServerCog,
        permission: 'config:read',
        words: 'workspaces link keys cache reload',
      },
      { to: '/settings/account', label: 'My account', icon: IconUserCircle, words: 'profile name sessions' },
    ],
  },
];
