//! The processes of one `up`: start in order, stop in the opposite order.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{
    Secrets, SinkKind, UpArgs,
    ports::{self, EnginePorts},
    processes,
    run_file::RunFile,
    say,
    service_environment::{self as environment, Databases},
    workspace,
};
use crate::{
    demo::receiver,
    engines::{self, ClickHouse, Kafka, Mongod, geoip},
    services::Service,
};

/// How long a service that listens may take until it can do its job.
const READY_LIMIT: Duration = Duration::from_secs(60);
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);
const PROBE_INTERVAL: Duration = Duration::from_millis(50);

/// The bundled engines; one that the user brings is absent.
#[derive(Default)]
struct Engines {
    mongodb: Option<Mongod>,
    clickhouse: Option<ClickHouse>,
    kafka: Option<Kafka>,
}

// The order of fields is the order in which they are killed when the start fails.
pub struct Stack {
    traffic: Service,
    postback: Service,
    api: Service,
    engines: Engines,
    run: RunFile,
    /// Of the demo network.
    network_secret: String,
    data_dir: PathBuf,
    /// Held while we run; the kernel releases it however we end.
    _lock: File,
}

impl Stack {
    pub async fn start(args: &UpArgs) -> Result<Self> {
        check_ports(args)?;
        let data_dir = std::path::absolute(&args.data_dir)?;
        let logs = data_dir.join("logs");
        fs::create_dir_all(&logs).with_context(|| format!("data directory {}", data_dir.display()))?;
        let lock = lock(&data_dir)?;
        let secrets = Secrets::load_or_create(&data_dir)?;
        let engines_dir = data_dir.join("engines");
        fs::create_dir_all(&engines_dir)?;
        let engine_ports = EnginePorts::load(&engines_dir)?;
        let receiver = SocketAddr::new(receiver::IP.into(), engine_ports.get("demo_receiver")?);
        let (engines, databases) = start_engines(args, &engines_dir, &engine_ports, &logs).await?;

        // api-service is told where the nodes will be before they are there.
        let traffic_url = match args.traffic_addr.port() {
            0 => String::new(),
            _ => reachable(args.traffic_addr),
        };
        let postback_addr = match args.postback_addr.port() {
            0 => SocketAddr::new(args.postback_addr.ip(), engines::free_port_of(args.postback_addr.ip())?),
            _ => args.postback_addr,
        };
        let nodes = environment::NodeUrls { traffic: &traffic_url, postback: &reachable(postback_addr) };
        let variables = environment::of_api(args.api_addr, &nodes, &databases, &secrets);
        let mut api =
            timed("api-service", Service::start("api-service", variables, &logs.join("api-service.log")))
                .await?;
        let api_url = reachable(api.addr());
        wait_ready("api-service", &api_url, &mut api).await?;

        let (geoip_country, geoip_asn) =
            tokio::task::spawn_blocking(|| anyhow::Ok((geoip::country_path()?, geoip::asn_path()?)))
                .await??;
        let node = environment::Node {
            central_url: &api_url,
            data_dir: &data_dir.join("edge"),
            sink: args.sink,
            event_brokers: &databases.event_brokers,
            geoip_country: &geoip_country,
            geoip_asn: &geoip_asn,
        };
        let variables = environment::of_traffic(&node, args.traffic_addr, &secrets);
        let log = logs.join("traffic-service.log");
        let mut traffic =
            timed("traffic-service", Service::start("traffic-service", variables, &log)).await?;
        let traffic_url = reachable(traffic.addr());
        wait_ready("traffic-service", &traffic_url, &mut traffic).await?;

        let variables = environment::of_postback(&node, postback_addr, &secrets);
        let log = logs.join("postback-service.log");
        let mut postback =
            timed("postback-service", Service::start("postback-service", variables, &log)).await?;
        let postback_url = reachable(postback.addr());
        wait_ready("postback-service", &postback_url, &mut postback).await?;

        let workspace::Demo { campaigns, network } =
            workspace::ensure(&api_url, &secrets, receiver, &data_dir).await?;
        let run = RunFile {
            launcher_pid: std::process::id(),
            api_url,
            traffic_url,
            postback_url,
            pids: pids(
                &engines,
                &[("api-service", &api), ("traffic-service", &traffic), ("postback-service", &postback)],
            )?,
            campaigns,
            network,
            receiver,
            databases: databases.environment(),
        };
        run.write(&data_dir)?;
        Ok(Self {
            traffic,
            postback,
            api,
            engines,
            run,
            network_secret: secrets.demo_network_secret(),
            data_dir,
            _lock: lock,
        })
    }

    /// What to open, and a click to send.
    pub fn introduce(&self) {
        let RunFile { api_url, traffic_url, postback_url, campaigns, network, .. } = &self.run;
        say("");
        say(format_args!("admin UI   {api_url}/"));
        say(format_args!(
            "admin API  {api_url}/api/campaigns   (token: bootstrap_token in {}/secrets.json)",
            self.data_dir.display()
        ));
        say(format_args!(
            "sign in    as {}: POST {api_url}/api/auth/request-otp, then verify-otp with the code of its answer",
            environment::admin_email()
        ));
        say(format_args!("clicks     {traffic_url}/c/<campaign>"));
        say(format_args!("postbacks  {postback_url}/pb/<network>"));
        say(format_args!("metrics    {traffic_url}/metrics, {postback_url}/metrics and {api_url}/metrics"));
        let allowed = environment::outbound_allowed();
        say(format_args!(
            "calls to sources may reach {allowed} beside public addresses (OUTBOUND_ALLOWED_CIDRS): `demo` listens there"
        ));
        if let Some(slug) = campaigns.first() {
            say("");
            say(format_args!("curl -i '{traffic_url}/c/{slug}?source=push-network&cost=0.0125&sub1=hello'"));
        }
        if let Some(slug) = network {
            let secret = &self.network_secret;
            say(format_args!(
                "curl -i '{postback_url}/pb/{slug}?subid=<click id from Location>&tid=order-1&payout=12.50&status=approved&secret={secret}'"
            ));
        }
        say("");
        say("running; Ctrl-C stops");
    }

    pub fn logs(&self) -> PathBuf {
        self.data_dir.join("logs")
    }

    /// The first process that no longer runs, by name.
    pub fn first_ended(&self) -> Option<String> {
        let ended = self.run.pids.iter().find(|(_, pid)| !processes::is_alive(**pid));
        ended.map(|(name, pid)| format!("{name} (pid {pid})"))
    }

    /// Nodes first, so that what they hold still finds its way; engines last.
    pub async fn stop(mut self) -> Result<()> {
        RunFile::remove(&self.data_dir);
        stopping("traffic-service", self.traffic.stop()).await?;
        stopping("postback-service", self.postback.stop()).await?;
        stopping("api-service", self.api.stop()).await?;
        if let Some(kafka) = self.engines.kafka.take() {
            stopping("Kafka", kafka.stop()).await?;
        }
        if let Some(clickhouse) = self.engines.clickhouse.take() {
            stopping("ClickHouse", clickhouse.stop()).await?;
        }
        if let Some(mongodb) = self.engines.mongodb.take() {
            stopping("MongoDB", mongodb.stop()).await?;
        }
        Ok(())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        RunFile::remove(&self.data_dir);
    }
}

fn check_ports(args: &UpArgs) -> Result<()> {
    for (addr, variable) in [
        (args.traffic_addr, "TRAFFIC_SERVICE_ADDR"),
        (args.postback_addr, "POSTBACK_SERVICE_ADDR"),
        (args.api_addr, "API_SERVICE_ADDR"),
    ] {
        if addr.port() != 0 {
            ports::check_free(addr, variable)?;
        }
    }
    Ok(())
}

fn lock(data_dir: &Path) -> Result<File> {
    let file = File::create(data_dir.join("lock"))?;
    if file.try_lock().is_err() {
        let holder =
            RunFile::read(data_dir).map(|run| format!(" (pid {})", run.launcher_pid)).unwrap_or_default();
        bail!("another `traffoflex up`{holder} uses {}", data_dir.display());
    }
    // Left by one that was killed.
    RunFile::remove(data_dir);
    Ok(file)
}

async fn start_engines(
    args: &UpArgs,
    dir: &Path,
    ports: &EnginePorts,
    logs: &Path,
) -> Result<(Engines, Databases)> {
    let own = &args.servers;
    let with_kafka = args.sink == SinkKind::Redpanda && own.event_brokers.is_empty();
    if own.mongo_uri.is_empty() || own.clickhouse_http_url.is_empty() || with_kafka {
        engines::check_platform()?;
    }
    let mongodb = async {
        if !own.mongo_uri.is_empty() {
            return Ok(None);
        }
        let port = ports.take("mongodb").await?;
        show_log(logs, "mongodb.log");
        timed("MongoDB", Mongod::start_on(dir, port)).await.map(Some)
    };
    let clickhouse = async {
        if !own.clickhouse_http_url.is_empty() {
            return Ok(None);
        }
        let port = ports.take("clickhouse").await?;
        show_log(logs, "clickhouse.log");
        timed("ClickHouse", ClickHouse::start_on(dir, port)).await.map(Some)
    };
    let kafka = async {
        if !with_kafka {
            return Ok(None);
        }
        let (port, controller) = (ports.take("kafka").await?, ports.take("kafka_controller").await?);
        show_log(logs, "kafka.log");
        timed("Kafka", Kafka::start_on(dir, port, controller)).await.map(Some)
    };
    let (mongodb, clickhouse, kafka) = tokio::try_join!(mongodb, clickhouse, kafka)?;
    let databases = Databases {
        mongo_uri: mongodb.as_ref().map_or_else(|| own.mongo_uri.clone(), Mongod::uri),
        clickhouse_http_url: clickhouse
            .as_ref()
            .map_or_else(|| own.clickhouse_http_url.clone(), ClickHouse::http_url),
        own_clickhouse: clickhouse.is_none(),
        event_brokers: match (args.sink, &kafka) {
            (SinkKind::Central, _) => String::new(),
            (SinkKind::Redpanda, Some(kafka)) => kafka.brokers(),
            (SinkKind::Redpanda, None) => own.event_brokers.clone(),
        },
    };
    Ok((Engines { mongodb, clickhouse, kafka }, databases))
}

/// Engines write beside their data; all logs are to be found in one place.
fn show_log(logs: &Path, name: &str) {
    // There already after the first start. Relative, so that the data directory can be moved.
    let _ = std::os::unix::fs::symlink(Path::new("../engines").join(name), logs.join(name));
}

fn pids(engines: &Engines, services: &[(&str, &Service)]) -> Result<BTreeMap<String, u32>> {
    let mut pids: BTreeMap<String, u32> =
        services.iter().map(|(name, service)| ((*name).to_owned(), service.pid())).collect();
    let bundled = [
        ("mongodb", "mongod", engines.mongodb.is_some()),
        ("clickhouse", "clickhouse-local-server", engines.clickhouse.is_some()),
        ("kafka", "java", engines.kafka.is_some()),
    ];
    for (name, program, _) in bundled.into_iter().filter(|(.., started)| *started) {
        let pid =
            processes::child_named(program).with_context(|| format!("{name} ended right after its start"))?;
        pids.insert(name.to_owned(), pid);
    }
    Ok(pids)
}

/// A URL to reach what listens on this address.
fn reachable(addr: SocketAddr) -> String {
    let ip = if addr.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { addr.ip() };
    format!("http://{}", SocketAddr::new(ip, addr.port()))
}

/// Asks `/readyz` until it says yes.
async fn wait_ready(name: &str, url: &str, service: &mut Service) -> Result<()> {
    let client = reqwest::Client::builder().no_proxy().timeout(PROBE_TIMEOUT).build()?;
    let deadline = Instant::now() + READY_LIMIT;
    loop {
        let last = match client.get(format!("{url}/readyz")).send().await {
            Ok(answer) if answer.status().is_success() => return Ok(()),
            Ok(answer) => answer.text().await.unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        if service.has_ended() {
            bail!("{name} ended by itself: {}", service.log().lines().last().unwrap_or("no log"));
        }
        if Instant::now() > deadline {
            bail!("{name} was not ready within {} s: {last}", READY_LIMIT.as_secs());
        }
        tokio::time::sleep(PROBE_INTERVAL).await;
    }
}

async fn timed<T>(name: &str, start: impl Future<Output = Result<T>>) -> Result<T> {
    let began = Instant::now();
    let started = start.await.with_context(|| name.to_owned())?;
    say(format_args!("{name} started in {:.1} s", began.elapsed().as_secs_f64()));
    Ok(started)
}

async fn stopping(name: &str, stop: impl Future<Output = Result<()>>) -> Result<()> {
    let began = Instant::now();
    stop.await.with_context(|| name.to_owned())?;
    say(format_args!("{name} stopped in {:.1} s", began.elapsed().as_secs_f64()));
    Ok(())
}
