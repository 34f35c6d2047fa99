/**
 * The real thing on this machine: `traffoflex up` of the built binaries, in a directory of its own, on free ports.
 *
 * The launcher ends its engines and services with itself, also when it is killed; so whoever started it has one
 * process to end.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { until } from './until';

const startLimitMs = 120_000;
const stopLimitMs = 30_000;

const runFile = z.object({
  api_url: z.string(),
  traffic_url: z.string(),
  postback_url: z.string(),
  network: z.string().nullable(),
  campaigns: z.array(z.string()),
});
const secretsFile = z.object({ bootstrap_token: z.string() });

/** Plain, since it goes from vitest's main process to its workers. */
export interface Stack {
  api: string;
  traffic: string;
  postback: string;
  /** Slug of the demo network. */
  network: string;
  networkSecret: string;
  /** Slugs of the demo campaigns. */
  campaigns: string[];
  bootstrapToken: string;
  adminEmail: string;
}

/** Of `make build`, unless TRAFFOFLEX_BIN says where else. */
function binary(): string {
  const cache = process.env.TRAFFOFLEX_CACHE ?? path.join(homedir(), '.cache/traffoflex');
  const target = process.env.CARGO_TARGET_DIR ?? path.join(cache, 'target');
  const file = path.join(process.env.TRAFFOFLEX_BIN ?? path.join(target, 'debug'), 'traffoflex');
  if (!existsSync(file)) throw new Error(`${file} is not built: run \`make build\``);
  return file;
}

function json<T>(file: string, shape: z.ZodType<T>): T {
  return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
}

const environment = {
  ...process.env,
  // Never into servers of the user's own.
  MONGO_URI: '',
  CLICKHOUSE_HTTP_URL: '',
  EVENT_BROKERS: '',
  // Many sign in here in little time, from one address.
  AUTH_ADMIN_EMAIL: 'admin@example.com',
  AUTH_OTP_RATE_LIMIT_MINUTES: '0',
  AUTH_RATE_LIMIT_PER_MINUTE: '6000',
  API_RATE_LIMIT_PER_MINUTE: '60000',
  API_RATE_LIMIT_BURST: '6000',
  // The showcase tells of clicks of the days before, and its offers answer probes on this machine (showcase/).
  ADS_CLICK_WINDOW_HOURS: '720',
  PROBE_ALLOWED_CIDRS: '127.84.71.1/32',
  DESTINATION_HEALTHCHECK_INTERVAL_MS: '1000',
  ALERT_EVALUATION_SECONDS: '2',
};

export class RunningStack {
  private constructor(
    readonly stack: Stack,
    private readonly launcher: ChildProcess,
    private readonly dataDir: string,
  ) {}

  static async start(): Promise<RunningStack> {
    const file = binary();
    const dataDir = mkdtempSync(path.join(tmpdir(), 'traffoflex-e2e-'));
    const log = path.join(dataDir, 'up.log');
    const output = openSync(log, 'w');
    const free = '127.0.0.1:0';
    const up = [
      'up',
      '--data-dir',
      dataDir,
      '--api-addr',
      free,
      '--traffic-addr',
      free,
      '--postback-addr',
      free,
    ];
    const launcher = spawn(file, up, {
      cwd: dataDir,
      env: environment,
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    // Not even an exception or `process.exit` leaves it running.
    const kill = () => launcher.kill('SIGKILL');
    process.once('exit', kill);
    launcher.once('exit', () => process.removeListener('exit', kill));
    try {
      await until(
        'the stack is up',
        () => {
          if (launcher.exitCode !== null)
            throw new Error(`traffoflex up ended:\n${readFileSync(log, 'utf8')}`);
          return (
            existsSync(path.join(dataDir, 'run.json')) &&
            readFileSync(log, 'utf8').includes('running; Ctrl-C')
          );
        },
        startLimitMs,
      );
    } catch (error) {
      launcher.kill('SIGKILL');
      rmSync(dataDir, { recursive: true, force: true });
      throw error;
    }
    const run = json(path.join(dataDir, 'run.json'), runFile);
    const secret = /secret=([0-9a-f]+)/.exec(readFileSync(log, 'utf8'))?.[1] ?? '';
    const stack: Stack = {
      api: run.api_url,
      traffic: run.traffic_url,
      postback: run.postback_url,
      network: run.network ?? '',
      networkSecret: secret,
      campaigns: run.campaigns,
      bootstrapToken: json(path.join(dataDir, 'secrets.json'), secretsFile).bootstrap_token,
      adminEmail: environment.AUTH_ADMIN_EMAIL,
    };
    return new RunningStack(stack, launcher, dataDir);
  }

  /** Clicks and postbacks through the public ports, all counted when this is over. */
  async demo(clicks: number): Promise<void> {
    const demo = spawn(binary(), ['demo', '--clicks', String(clicks), '--data-dir', this.dataDir], {
      cwd: this.dataDir,
      env: environment,
    });
    let said = '';
    demo.stdout.on('data', (part: Buffer) => (said += part.toString()));
    demo.stderr.on('data', (part: Buffer) => (said += part.toString()));
    const code = await ended(demo);
    if (code !== 0) throw new Error(`traffoflex demo ended with ${code}:\n${said}`);
  }

  async stop(): Promise<void> {
    const over = ended(this.launcher);
    this.launcher.kill('SIGTERM');
    const late = setTimeout(() => this.launcher.kill('SIGKILL'), stopLimitMs);
    await over;
    clearTimeout(late);
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}
