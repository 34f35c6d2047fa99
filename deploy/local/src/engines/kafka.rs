//! Apache Kafka 4.1 as one combined KRaft broker and controller: what speaks Redpanda's protocol here.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{free_port, wait_ready};
use crate::{cache, child};

const VERSION: &str = "4.1.0";
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// Any fixed id: one broker, one cluster.
const CLUSTER_ID: &str = "traffoflexAAAAAAAAAAAA";

pub struct Kafka {
    child: Child,
    port: u16,
    controller_port: u16,
}

pub(super) fn fetch() -> Result<PathBuf> {
    let dir = cache::ensure_dir(&format!("kafka-{VERSION}"), 43, |into| {
        cache::maven(
            "org.apache.kafka",
            "kafka_2.13",
            VERSION,
            include_str!("../../data/kafka-4.1.0.sha256"),
            into,
        )
    })?;
    Ok(dir.join("jars"))
}

impl Kafka {
    /// On free ports, with its data in `dir`.
    pub async fn start(dir: &Path) -> Result<Self> {
        Self::start_on(dir, free_port()?, free_port()?).await
    }

    pub async fn start_on(dir: &Path, port: u16, controller_port: u16) -> Result<Self> {
        let jars = tokio::task::spawn_blocking(fetch).await??;
        let data = dir.join("kafka");
        std::fs::create_dir_all(&data)?;
        let properties = dir.join("kafka.properties");
        std::fs::write(&properties, server_properties(&data, port, controller_port))?;
        if !data.join("meta.properties").exists() {
            format_storage(&jars, &properties).await?;
        }
        let log = dir.join("kafka.log");
        let output = File::create(&log)?;
        let mut command = java(&jars);
        command
            .arg("kafka.Kafka")
            .arg(&properties)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        let mut kafka = Self { child: child::spawn(command).context("java")?, port, controller_port };
        wait_ready("Kafka", &log, &mut kafka.child, async || answers(port).await).await?;
        Ok(kafka)
    }

    /// For `EVENT_BROKERS`.
    pub fn brokers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Broker and controller port, to come back on.
    pub fn ports(&self) -> (u16, u16) {
        (self.port, self.controller_port)
    }

    pub async fn stop(mut self) -> Result<()> {
        child::stop(&mut self.child, STOP_LIMIT).await?;
        Ok(())
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        child::kill_now(&mut self.child);
    }
}

fn java(jars: &Path) -> Command {
    let mut command = Command::new("java");
    command
        .args(["-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j2.level=WARN"])
        .arg("-cp")
        .arg(jars.join("*"));
    command
}

async fn format_storage(jars: &Path, properties: &Path) -> Result<()> {
    let mut command = java(jars);
    command.args(["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c"]).arg(properties);
    let output = tokio::task::spawn_blocking(move || command.stdin(Stdio::null()).output()).await?;
    let output = match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            bail!("java is not installed (17 or newer is needed for Kafka)")
        }
        output => output?,
    };
    ensure!(output.status.success(), "Kafka storage: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn server_properties(data: &Path, port: u16, controller_port: u16) -> String {
    format!(
        "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:{controller_port}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\ncontroller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\nlog.dirs={}\n\
         auto.create.topics.enable=false\noffsets.topic.replication.factor=1\noffsets.topic.num.partitions=4\n\
         transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\nlog.segment.bytes=16777216\n",
        data.display()
    )
}

/// Sends an ApiVersions request (key 18, version 0) and waits for any answer.
async fn answers(port: u16) -> bool {
    const REQUEST: [u8; 14] = [0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 7, 255, 255];
    let ask = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        stream.write_all(&REQUEST).await.ok()?;
        let mut head = [0; 8];
        stream.read_exact(&mut head).await.ok()?;
        (head[4..] == [0, 0, 0, 7]).then_some(())
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), ask).await, Ok(Some(())))
}
