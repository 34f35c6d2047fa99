//! Whether the service does what its description says, whatever is sent: schemathesis against everything that
//! runs in production, engines and nodes included. `make schemathesis` runs it.
//!
//! Ids in paths are mostly those of real entities (one of each kind, and some more to be deleted), so that
//! what is behind the first look-up is reached too.

mod fixture;

use std::{fmt::Write as _, path::PathBuf, process::Stdio};

use fixture::Fixture;
use serde_json::Value;
use traffoflex_local::stack::BOOTSTRAP_TOKEN;

/// Where the tool is; `deploy/schemathesis` sets it.
const TOOL: &str = "SCHEMATHESIS";
/// Cases of an operation in the fuzzing phase.
const MAX_EXAMPLES: &str = "SCHEMATHESIS_MAX_EXAMPLES";
const DEFAULT_MAX_EXAMPLES: &str = "30";
/// More arguments of the tool, separated by spaces.
const MORE: &str = "SCHEMATHESIS_ARGS";
const SEED: &str = "20261121";
/// How often a real id stands in a path, of 1.
const REAL_IDS: f32 = 0.8;
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,response_headers_conformance";
/// They answer for as long as one listens.
const STREAMS: &str = "text/event-stream";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes and needs Python: `make schemathesis`"]
async fn the_service_does_what_its_description_says() {
    let tool = std::env::var(TOOL).unwrap_or_else(|_| panic!("{TOOL} is not set: run `make schemathesis`"));
    let mut fixture = Fixture::start().await;
    let document = fixture.world.get("/api/openapi.json").await.body;
    fixture.harvest(&document).await;
    let config = fixture.world.stack.dir().join("schemathesis.toml");
    std::fs::write(&config, configuration(&fixture, &document)).unwrap();
    let mut command = tokio::process::Command::new(tool);
    command.arg("--config-file").arg(&config).arg("run").arg(fixture.world.url("/api/openapi.json"));
    let max_examples = std::env::var(MAX_EXAMPLES).unwrap_or_else(|_| DEFAULT_MAX_EXAMPLES.to_owned());
    command.args(["--phases", "examples,coverage,fuzzing", "--checks", CHECKS, "--seed", SEED]);
    command.args(["--max-examples", &max_examples, "--workers", "2", "--no-color", "--continue-on-failure"]);
    command.args(["--generation-database", "none", "--request-timeout", "60"]);
    for name in streaming(&document) {
        command.args(["--exclude-operation-id", &name]);
    }
    command.args(std::env::var(MORE).unwrap_or_default().split_whitespace());
    let report: PathBuf = std::env::temp_dir();
    let status = command.stdin(Stdio::null()).current_dir(report).status().await.unwrap();
    assert!(fixture.is_alive().await, "api-service has ended: {}", fixture.last_words());
    assert!(status.success(), "schemathesis ended with {status}");
}

fn streaming(document: &Value) -> Vec<String> {
    let all = operations(document);
    let streams = all.filter(|(_, _, operation)| {
        let responses = operation["responses"].as_object();
        responses.is_some_and(|all| all.values().any(|response| response["content"].get(STREAMS).is_some()))
    });
    streams.map(|(_, _, operation)| operation["operationId"].as_str().unwrap().to_owned()).collect()
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// An id that is a number is one in the description too.
fn as_sent(id: &str) -> Value {
    id.parse::<u32>().map_or_else(|_| id.into(), Value::from)
}

/// Who calls, and which ids are real: those in a path by the segment before them.
fn configuration(fixture: &Fixture, document: &Value) -> String {
    let mut text = String::new();
    let headers = |token: &str| format!("headers = {{ Authorization = \"Bearer {token}\" }}");
    writeln!(text, "{}", headers(&fixture.token)).unwrap();
    for (resource, ids) in &fixture.ids {
        writeln!(
            text,
            "[dictionaries.\"{resource}\"]\nvalues = {}",
            Value::from(ids.iter().map(|id| as_sent(id)).collect::<Vec<_>>())
        )
        .unwrap();
    }
    for (path, method, operation) in operations(document) {
        let mut segments = path.split('/').peekable();
        let mut bound = Vec::new();
        while let Some(segment) = segments.next() {
            let parameter = segments.peek().and_then(|next| next.strip_prefix('{')?.strip_suffix('}'));
            let Some(parameter) = parameter else { continue };
            // What is deleted is not needed by the others.
            let gone = format!("{segment} to delete");
            let is_last = method == "delete" && path.ends_with('}') && fixture.ids.contains_key(&gone);
            let name = if is_last { gone } else { segment.to_owned() };
            if fixture.ids.contains_key(&name) {
                bound.push((parameter, name));
            }
        }
        let ends_sessions = method != "get" && (path.contains("/sessions") || path.ends_with("/logout"));
        if bound.is_empty() && !ends_sessions {
            continue;
        }
        let id = operation["operationId"].as_str().unwrap();
        writeln!(text, "[[operations]]\ninclude-operation-id = \"{id}\"").unwrap();
        if ends_sessions {
            // By somebody whose session it is not.
            writeln!(text, "{}", headers(BOOTSTRAP_TOKEN)).unwrap();
        }
        for (parameter, name) in bound {
            let binding = format!("{{ dictionary = \"{name}\", probability = {REAL_IDS} }}");
            writeln!(text, "parameters.\"path.{parameter}\" = {binding}").unwrap();
        }
    }
    text
}
