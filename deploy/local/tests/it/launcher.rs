use std::{
    fs::File,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use traffoflex_local::launcher::{Secrets, processes, run_file::RunFile};

const TRAFFOFLEX: &str = env!("CARGO_BIN_EXE_traffoflex");
const ADDRESSES: [&str; 3] = ["TRAFFIC_SERVICE_ADDR", "POSTBACK_SERVICE_ADDR", "API_SERVICE_ADDR"];
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// The launcher on free ports and bundled engines, whatever the environment says.
fn traffoflex(arguments: &[&str]) -> Command {
    let mut command = Command::new(TRAFFOFLEX);
    command.args(arguments).stdin(Stdio::null());
    for variable in ADDRESSES {
        command.env(variable, "127.0.0.1:0");
    }
    for variable in
        ["MONGO_URI", "CLICKHOUSE_HTTP_URL", "EVENT_BROKERS", "OUTBOUND_ALLOWED_CIDRS", "AUTH_ADMIN_EMAIL"]
    {
        command.env_remove(variable);
    }
    command
}

/// A running `up`, killed when a test fails.
struct Up {
    child: Child,
    run: RunFile,
}

impl Up {
    async fn start(data_dir: &Path) -> Self {
        let output = File::create(data_dir.join("up.log")).unwrap();
        let mut command = traffoflex(&["up", "--data-dir", &data_dir.to_string_lossy()]);
        let mut child = command.stdout(output.try_clone().unwrap()).stderr(output).spawn().unwrap();
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if let Ok(run) = RunFile::read(data_dir) {
                return Self { child, run };
            }
            let log = std::fs::read_to_string(data_dir.join("up.log")).unwrap();
            assert!(child.try_wait().unwrap().is_none(), "ended: {log}");
            assert!(Instant::now() < deadline, "not started: {log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn end(&mut self, signal: Signal) -> std::process::ExitStatus {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
        let deadline = Instant::now() + STOP_LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "did not end on {signal}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn living(&self) -> Vec<(&String, u32)> {
        self.run
            .pids
            .iter()
            .map(|(name, pid)| (name, *pid))
            .filter(|(_, pid)| processes::is_alive(*pid))
            .collect()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn smoke_counts_every_click_and_every_postback() {
    let output = output(traffoflex(&["smoke", "--clicks", "500"])).await;
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("sent 500 = redirected 500 = counted 500"), "{text}");
    assert!(text.contains("nothing is missing"), "{text}");
    // It compares the numbers itself; that it had any to compare shows here.
    let line = |start: &str| {
        let found = text.lines().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no line {start:?}: {text}")).to_owned()
    };
    let answered = line("postbacks sent ");
    for answer in ["accepted ", "duplicate ", "updated ", "400 3", "403 3"] {
        assert!(answered.contains(answer), "{answered}");
    }
    for (start, none) in [
        ("tied to a click (ledger, report): conversions ", "conversions 0 "),
        ("all (ledger, report): conversions ", "conversions 0 "),
        ("calls to sources due ", "due 0 "),
    ] {
        let line = line(start);
        assert!(!line.contains(" != ") && !line.contains(none), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outlives_a_killed_launcher() {
    let dir = tempfile::tempdir().unwrap();
    let mut up = Up::start(dir.path()).await;
    let names: Vec<&str> = up.run.pids.keys().map(String::as_str).collect();
    assert_eq!(names, ["api-service", "clickhouse", "mongodb", "postback-service", "traffic-service"]);
    assert_eq!(up.living().len(), 5);
    up.end(Signal::SIGKILL).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while !up.living().is_empty() {
        assert!(Instant::now() < deadline, "still alive: {:?}", up.living());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Its run.json is still there, and deceives nobody.
    let demo =
        output(traffoflex(&["demo", "--clicks", "1", "--data-dir", &dir.path().to_string_lossy()])).await;
    assert!(!demo.status.success());
    assert!(text(&demo).contains("is gone: start it again first"), "{}", text(&demo));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_names_its_holder() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    for variable in ADDRESSES {
        let mut command = traffoflex(&["up", "--data-dir", &dir.path().to_string_lossy()]);
        command.env(variable, addr.to_string());
        let output = output(command).await;
        let text = text(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        let me = std::process::id();
        let expected = format!("port {} is taken by pid {me} ({}", addr.port(), processes::command(me));
        assert!(text.contains(&expected), "{text} lacks {expected}");
        assert!(text.contains(variable), "{text}");
    }
}

/// As the banner says: the code comes with the answer.
async fn sign_in(api_url: &str) -> String {
    let post = async |path: &str, body: serde_json::Value| -> serde_json::Value {
        let request = reqwest::Client::new().post(format!("{api_url}/api/auth/{path}")).json(&body);
        request.send().await.unwrap().json().await.unwrap()
    };
    let email = "admin@example.com";
    let requested = post("request-otp", serde_json::json!({ "email": email })).await;
    let proof = serde_json::json!({ "email": email, "code": requested["otp"] });
    post("verify-otp", proof).await["token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_keeps_campaigns_secrets_and_sessions() {
    let dir = tempfile::tempdir().unwrap();
    let mut before = Vec::new();
    let mut session = String::new();
    for life in 1..=2 {
        let mut up = Up::start(dir.path()).await;
        assert_eq!(up.run.campaigns.len(), 3);
        let secrets = Secrets::load(dir.path()).unwrap();
        let answer = reqwest::Client::new()
            .get(format!("{}/api/campaigns", up.run.api_url))
            .bearer_auth(secrets.bootstrap_token)
            .send()
            .await
            .unwrap();
        let list: serde_json::Value = answer.json().await.unwrap();
        let mut ids: Vec<String> =
            list["items"].as_array().unwrap().iter().map(|c| c["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        if life == 1 {
            before = ids;
            session = sign_in(&up.run.api_url).await;
        } else {
            assert_eq!(ids, before);
        }
        let me = reqwest::Client::new().get(format!("{}/api/me", up.run.api_url)).bearer_auth(&session);
        let me: serde_json::Value = me.send().await.unwrap().json().await.unwrap();
        assert_eq!(
            (&me["user"]["email"], &me["role"]),
            (&"admin@example.com".into(), &"owner".into()),
            "{me}"
        );
        let status = up.end(Signal::SIGTERM).await;
        let log = std::fs::read_to_string(dir.path().join("up.log")).unwrap();
        assert!(status.success(), "{log}");
        assert!(up.living().is_empty(), "{log}");
        let example = format!("curl -i '{}/pb/demo-network?", up.run.postback_url);
        assert!(log.contains(&example), "{log}");
        assert!(log.contains("sign in    as admin@example.com"), "{log}");
        assert!(log.contains("127.84.70.1/32"), "who may be called is said: {log}");
        let order = [
            "traffic-service stopped",
            "postback-service stopped",
            "api-service stopped",
            "ClickHouse stopped",
            "MongoDB stopped",
        ];
        let places: Vec<_> = order.iter().map(|line| log.find(line).expect(line)).collect();
        assert!(places.is_sorted(), "{log}");
        assert!(!dir.path().join("run.json").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_that_ends_is_named_and_the_rest_stopped() {
    let dir = tempfile::tempdir().unwrap();
    for part in ["traffic-service", "postback-service"] {
        let mut up = Up::start(dir.path()).await;
        kill(Pid::from_raw(up.run.pids[part] as i32), Signal::SIGKILL).unwrap();
        let deadline = Instant::now() + STOP_LIMIT;
        let status = loop {
            if let Some(status) = up.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "does not notice");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(status.code(), Some(1));
        let log = std::fs::read_to_string(dir.path().join("up.log")).unwrap();
        assert!(log.contains(&format!("{part} (pid")), "{log}");
        assert!(log.contains("ended by itself"), "{log}");
        assert!(up.living().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn api_service_knows_where_postbacks_are_taken_and_both_nodes_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    let mut up = Up::start(dir.path()).await;
    let secrets = Secrets::load(dir.path()).unwrap();
    let client = reqwest::Client::new();
    let get = async |path: &str| -> serde_json::Value {
        let request = client.get(format!("{}{path}", up.run.api_url)).bearer_auth(&secrets.bootstrap_token);
        request.send().await.unwrap().json().await.unwrap()
    };
    let networks = get("/api/affiliate-networks").await;
    let id = networks["items"][0]["id"].as_str().unwrap();
    let network = get(&format!("/api/affiliate-networks/{id}")).await;
    let urls = network["postback_urls"].as_array().unwrap();
    let known = format!("{}/pb/demo-network", up.run.postback_url);
    assert!(urls.iter().any(|url| url.as_str().unwrap().starts_with(&known)), "{network}");
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let nodes = get("/api/nodes").await;
        let online = |node: &&serde_json::Value| node["online"] == true;
        let mut names: Vec<&str> = nodes["items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(online)
            .map(|node| node["node_id"].as_str().unwrap())
            .collect();
        names.sort_unstable();
        if names == ["local-1", "local-1-pb"] {
            break;
        }
        assert!(Instant::now() < deadline, "{nodes}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(up.end(Signal::SIGTERM).await.success());
}
