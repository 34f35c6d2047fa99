//! Every operation of the API, as everybody: what the service describes is walked as nobody, as each role, with
//! an API key of each scope, and as the owner of another workspace. What should come of it stands in [`table`],
//! which knows nothing of the service's own table.

mod document;
mod fixture;
mod table;

use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};

use self::{
    document::{Document, Operation},
    fixture::{AMOUNTS, Fixture},
    table::{ANALYSTS_MAY, Least, NOT_WHEN_ALLOWED, SCOPES, SHARED_SEGMENTS, table},
};
use crate::world::{World, people::WORKSPACE_HEADER};

/// Requests under way at once.
const AT_ONCE: usize = 8;
/// An id of the right form that nobody has.
const NOBODYS: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap_or_default();
        body["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

struct Call<'c> {
    token: Option<&'c str>,
    workspace: Option<&'c str>,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

async fn send(world: &World, operation: &Operation, path: &str, call: Call<'_>) -> Answer {
    let mut request = world.client.request(operation.method.clone(), world.url(path)).query(&call.query);
    if let Some(token) = call.token {
        request = request.bearer_auth(token);
    }
    if let Some(workspace) = call.workspace {
        request = request.header(WORKSPACE_HEADER, workspace);
    }
    if let Some(body) = call.body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let ends = !operation.is_stream || status >= 400;
    Answer { status, text: if ends { answer.text().await.unwrap() } else { String::new() } }
}

/// What a request has to say, and the last few days of reports.
fn query_of(operation: &Operation) -> Vec<(String, String)> {
    let day = |days: i64| (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)).to_string();
    let of = |(name, required, _): &(String, bool, Value)| {
        let value = match name.as_str() {
            "from" => day(-3),
            "to" => day(1),
            "start" => day(-3),
            "end" => day(1),
            "group_by" => "campaign".to_owned(),
            _ if *required => "text".to_owned(),
            _ => return None,
        };
        Some((name.clone(), value))
    };
    operation.query.iter().filter_map(of).collect()
}

fn is_own(operation: &Operation) -> bool {
    operation.has_id()
        && !SHARED_SEGMENTS.iter().any(|shared| operation.path.contains(&format!("/{shared}/")))
}

impl Fixture {
    /// A path of the first workspace's own.
    fn path(&self, operation: &Operation) -> String {
        operation.filled(|segment| match self.ids.get(segment) {
            Some(id) => id.clone(),
            None if SHARED_SEGMENTS.contains(&segment) => NOBODYS.to_owned(),
            None => panic!("{}: the fixture has no id for {segment:?}", operation.name()),
        })
    }
}

/// Whether an operation, for whom it is at least and under which permission, is open.
type May = Box<dyn Fn(&Operation, Least, &str) -> bool>;

struct Walker {
    name: String,
    token: Option<String>,
    /// What they are told where they may not.
    refused: u16,
    may: May,
}

async fn walkers(fixture: &Fixture) -> Vec<Walker> {
    let world = &fixture.world;
    let nobody = Box::new(|_: &Operation, least: Least, _: &str| least == Least::Public);
    let mut all = vec![Walker { name: "nobody".into(), token: None, refused: 401, may: nobody }];
    for (name, token) in fixture.shut_out().await {
        let may = Box::new(|_: &Operation, least: Least, _: &str| least == Least::Public);
        all.push(Walker { name: name.into(), token: Some(token), refused: 401, may });
    }
    let token = Some(world.sign_in("pending@people.example").await.token);
    let may = Box::new(|_: &Operation, least: Least, _: &str| {
        matches!(least, Least::Public | Least::SignedIn | Least::Session)
    });
    all.push(Walker { name: "pending".into(), token, refused: 403, may });
    for name in ["owner", "admin", "manager", "analyst", "masked"] {
        let role = if name == "masked" { "analyst" } else { name };
        let token = Some(world.member(name, None).await.token);
        let may = Box::new(move |_: &Operation, least: Least, _: &str| least.opens_to(role));
        all.push(Walker { name: name.into(), token, refused: 403, may });
    }
    for scope in SCOPES {
        let (_, token) = world.api_key(&[scope]).await;
        let may = Box::new(move |_: &Operation, least: Least, needs: &str| match least {
            Least::Public | Least::SignedIn | Least::Approved => true,
            Least::Session | Least::Installation => false,
            _ => needs == scope,
        });
        all.push(Walker { name: format!("key of {scope}"), token: Some(token), refused: 403, may });
    }
    all
}

/// One cell of the matrix; says what is wrong with it.
async fn try_cell(
    fixture: &Fixture,
    walker: &Walker,
    operation: &Operation,
    entry: (Least, &str),
) -> Option<String> {
    let may = (walker.may)(operation, entry.0, entry.1);
    if may && NOT_WHEN_ALLOWED.contains(&operation.name().as_str()) {
        return None;
    }
    // Who may change something is let at nothing that is there: others still have to be refused it.
    let path = if may && !operation.is_read() {
        operation.filled(|_| NOBODYS.to_owned())
    } else {
        fixture.path(operation)
    };
    let body = operation.body.as_ref().map(|_| json!({}));
    let token = walker.token.as_deref();
    let answer = send(
        &fixture.world,
        operation,
        &path,
        Call { token, workspace: None, query: query_of(operation), body },
    )
    .await;
    let refused = walker.refused;
    // Nodes cannot be reached here, and that is said so.
    let is_well = |status: u16| status < 500 || matches!(status, 503 | 504);
    let is_right = if may {
        !matches!(answer.status, 401 | 403) && is_well(answer.status)
    } else {
        answer.status == refused
    };
    let expected = if may { "to be let in".to_owned() } else { refused.to_string() };
    (!is_right).then(|| {
        format!(
            "{} as {}: {} instead of {expected}: {:.200}",
            operation.name(),
            walker.name,
            answer.status,
            answer.text
        )
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_do_what_the_table_says() {
    let fixture = Fixture::start().await;
    let operations = Document::of(&fixture.world).await.operations();
    let table = table();
    let missing: Vec<String> =
        operations.iter().map(Operation::name).filter(|name| !table.contains_key(name)).collect();
    assert!(missing.is_empty(), "not in the table: {missing:#?}");
    let gone: Vec<&String> =
        table.keys().filter(|name| !operations.iter().any(|operation| operation.name() == **name)).collect();
    assert!(gone.is_empty(), "in the table alone: {gone:#?}");
    for operation in operations.iter().filter(|operation| !operation.is_read()) {
        let (least, _) = table[&operation.name()];
        let may = least == Least::Public || ANALYSTS_MAY.contains(&operation.name().as_str());
        assert_eq!(least.opens_to("analyst"), may, "{}: do analysts change something?", operation.name());
    }
    let walkers = walkers(&fixture).await;
    let cells = walkers.iter().flat_map(|walker| operations.iter().map(move |operation| (walker, operation)));
    let wrong: Vec<String> = stream::iter(cells)
        .map(|(walker, operation)| try_cell(&fixture, walker, operation, table[&operation.name()]))
        .buffer_unordered(AT_ONCE)
        .filter_map(|wrong| async { wrong })
        .collect()
        .await;
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

/// Tries one operation as the owner of another workspace; says what is wrong.
async fn try_from_outside(
    fixture: &Fixture,
    document: &Document,
    operation: &Operation,
    token: &str,
) -> Vec<String> {
    let world = &fixture.world;
    let name = operation.name();
    let mut wrong = Vec::new();
    let fill = |field: &str| {
        let segment = match field.strip_suffix("_ids").or(field.strip_suffix("_id"))? {
            "trafficback_destination" | "fallback_destination" | "destination" => "destinations",
            "source" => "traffic-sources",
            "network" => "affiliate-networks",
            "template" => "postback-templates",
            "campaign" => "campaigns",
            "domain" => "domains",
            "click" => "clicks",
            "conversion" => "conversions",
            _ => return None,
        };
        let id = Value::from(fixture.ids[segment].clone());
        Some(if field.ends_with("_ids") { json!([id]) } else { id })
    };
    let query = || query_of(operation);
    // With what was said in the request: a refusal may repeat that, and nothing else of theirs.
    let call = |path: String,
                workspace: Option<String>,
                query: Vec<(String, String)>,
                body: Option<Value>| async move {
        let said = format!("{path} {query:?} {}", body.clone().unwrap_or_default());
        let call = Call { token: Some(token), workspace: workspace.as_deref(), query, body };
        (send(world, operation, &path, call).await, said)
    };
    let mut leaks = |(answer, said): &(Answer, String), what: &str| {
        let is_told =
            |mark: &&str| answer.text.contains(*mark) && (answer.status < 400 || !said.contains(*mark));
        if let Some(mark) = fixture.marks().into_iter().find(is_told) {
            wrong.push(format!("{name} {what}: {mark} is in the answer: {:.300}", answer.text));
        }
    };
    let mut verdicts = Vec::new();
    if is_own(operation) {
        let path = fixture.path(operation);
        let own = if operation.is_read() { Value::Null } else { fixture.shown(&path).await };
        let body = document.body(operation, &own, &fill);
        let theirs = call(path, None, query(), body.clone()).await;
        // A body may be refused before anybody looks for what it is about: then it is for every id.
        let nobodys = call(operation.filled(|_| NOBODYS.to_owned()), None, query(), body).await;
        let (answer, nobodys) = (&theirs.0, &nobodys.0);
        let is_hidden = answer.status == 404
            || (answer.status == 400 && nobodys.status == 400 && answer.code() == nobodys.code());
        if !is_hidden {
            verdicts.push(format!("{name}: {} instead of 404: {:.200}", answer.status, answer.text));
        }
        leaks(&theirs, "with an id");
    } else if !NOT_WHEN_ALLOWED.contains(&name.as_str()) {
        let body = document.body(operation, &Value::Null, &fill);
        leaks(&call(operation.filled(|_| NOBODYS.to_owned()), None, query(), body).await, "bare");
        let named = operation.query.iter().filter_map(|(name, ..)| Some((name.clone(), fill(name)?)));
        let named: Vec<(String, String)> =
            named.filter_map(|(name, id)| Some((name, id.as_str()?.to_owned()))).collect();
        if operation.is_read() && !named.is_empty() {
            leaks(
                &call(operation.path.clone(), None, [query(), named].concat(), None).await,
                "filtered by its ids",
            );
        }
    }
    let is_public = table()[&name].0 == Least::Public;
    if !is_public {
        let body = operation.body.as_ref().map(|_| json!({}));
        let inside = call(fixture.path(operation), Some(fixture.workspace.clone()), query(), body).await;
        if inside.0.status != 404 {
            verdicts.push(format!("{name} in the first workspace: {} instead of 404", inside.0.status));
        }
        leaks(&inside, "in the first workspace");
    }
    wrong.extend(verdicts);
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspace_sees_and_changes_nothing() {
    let fixture = Fixture::start().await;
    let document = Document::of(&fixture.world).await;
    let second = fixture.world.new_workspace("Second").await;
    let owner = fixture.world.member("owner", Some(&second)).await;
    let before = fixture.dump().await;
    assert!(before.len() > 15, "{before:#?}");
    let operations = document.operations();
    let wrong: Vec<Vec<String>> = stream::iter(&operations)
        .map(|operation| try_from_outside(&fixture, &document, operation, &owner.token))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let wrong = wrong.concat();
    let after = fixture.dump().await;
    let changed: Vec<&String> = before.keys().filter(|key| before.get(*key) != after.get(*key)).collect();
    let new: Vec<(&String, &String)> = after.iter().filter(|(key, _)| !before.contains_key(*key)).collect();
    assert!(wrong.is_empty(), "{} operations:\n{}", wrong.len(), wrong.join("\n"));
    assert!(changed.is_empty() && new.is_empty(), "changed: {changed:#?}, new: {new:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_masked_analyst_reads_no_amount() {
    let fixture = Fixture::start().await;
    let world = &fixture.world;
    let document = Document::of(world).await;
    let (masked, open) = (world.member("masked", None).await, world.member("analyst", None).await);
    let mut seen = [false; AMOUNTS.len()];
    let mut wrong = Vec::new();
    for operation in document.operations() {
        let reads = operation.is_read() || operation.path.starts_with("/api/reports/");
        if !reads || operation.is_stream {
            continue;
        }
        let has_csv = operation.query.iter().any(|(name, ..)| name == "format");
        for format in [None, Some("csv")].into_iter().take(if has_csv { 2 } else { 1 }) {
            let mut query = query_of(&operation);
            query.extend(format.map(|format| ("format".to_owned(), format.to_owned())));
            let body = document.body(&operation, &report_body(), &|_| None);
            let path = fixture.path(&operation);
            let call = |token| Call {
                token: Some(token),
                workspace: None,
                query: query.clone(),
                body: body.clone(),
            };
            let theirs = send(world, &operation, &path, call(&masked.token)).await;
            let others = send(world, &operation, &path, call(&open.token)).await;
            for (seen, amount) in seen.iter_mut().zip(AMOUNTS) {
                *seen |= others.text.contains(amount);
                if theirs.text.contains(amount) {
                    wrong.push(format!("{} {format:?}: {amount} in {:.400}", operation.name(), theirs.text));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen, [true; AMOUNTS.len()], "nobody saw all of {AMOUNTS:?}: the scan proves nothing");
    // Neither by the order of rows, nor by which there are.
    let query = query_of(&Operation {
        method: Method::GET,
        path: String::new(),
        query: ["from", "to", "group_by"].map(|name| (name.to_owned(), true, Value::Null)).to_vec(),
        body: None,
        is_stream: false,
    });
    let sorted =
        world.client.get(world.url("/api/reports/grouped")).query(&query).query(&[("sort", "revenue")]);
    let status = sorted.bearer_auth(&masked.token).send().await.unwrap().status().as_u16();
    assert!(matches!(status, 400 | 403), "{status}");
}

/// For reports that are asked for by a body.
fn report_body() -> Value {
    let day = |days: i64| (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days)).to_string();
    json!({ "from": day(-3), "to": day(1), "group_by": ["campaign"] })
}
