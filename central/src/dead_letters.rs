//! Calls to traffic sources and webhooks that were given up: every node keeps its own, and they are put
//! back in the queue with the key that they had. For the admin API and for `api-service dlq`. So it is with
//! postbacks that a node set aside because central refused to claim them.
//!
//! A list over several nodes is their lists one after the other, in the order of `POSTBACK_SERVICE_URL`, so
//! that a page is the same whoever asks. A node that does not answer is named with what is wrong, and its
//! entries are missing.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;
use utoipa::ToSchema;

use crate::{health::NodeCallError, postback_nodes::PostbackNodes};

const LIST_PATH: &str = "/internal/outbound/dead-letters";
const RETRY_PATH: &str = "/internal/outbound/retry";
const SET_ASIDE_PATH: &str = "/internal/postbacks/set-aside";
const SET_ASIDE_RETRY_PATH: &str = "/internal/postbacks/retry";
/// Keys of one request.
const MAX_KEYS: usize = 1000;
const MAX_KEY_BYTES: usize = 256;

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetterList)]
pub struct List {
    pub items: Vec<DeadLetter>,
    pub limit: u64,
    pub offset: u64,
    /// Of the nodes that answered.
    pub total: u64,
    pub nodes: Vec<NodeTotal>,
}

/// A call that was given up, or a postback that was set aside, as its node tells it.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct DeadLetter {
    /// By which it is put back: the idempotency key, or the id of the postback.
    pub key: String,
    /// `source_postback`, `webhook`, or `inbound_postback`.
    pub target_kind: String,
    /// The traffic source, the webhook, or the network.
    pub target_id: String,
    pub postback_id: String,
    pub workspace_id: String,
    pub method: String,
    /// Null where money is not shown, or the click was erased.
    pub url: Option<String>,
    pub conversion_id: String,
    pub network_id: String,
    pub click_id: String,
    pub transaction_id: String,
    pub attempts: u32,
    /// Of the last answer; 0 without one.
    pub http_status: u16,
    pub error: String,
    /// RFC 3339; empty when that is not known.
    pub created_at: String,
    /// When it was given up or set aside; empty when that is not known.
    pub died_at: String,
    /// Of a postback: when it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received_at: Option<String>,
    /// Of a postback: what it said. Null where money is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_payload: Option<String>,
    /// Address of the node that has it; its place in the list for all but the installation's admin.
    pub node: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NodeTotal {
    pub node: String,
    pub total: u64,
    pub failed: Option<String>,
}

/// Which ones: exactly one of the three.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[schema(as = DeadLetterRetry)]
#[serde(deny_unknown_fields)]
pub struct RetryRequest {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// Those of a traffic source, of one of its postbacks, or of a webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
}

impl RetryRequest {
    /// The field that is wrong, and how.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let named = [!self.keys.is_empty(), self.all, self.target_id.is_some()];
        if named.into_iter().filter(|named| *named).count() != 1 {
            return Err(("keys", "either keys, or all, or target_id".to_owned()));
        }
        let fits = |text: &String| (1..=MAX_KEY_BYTES).contains(&text.len());
        if self.keys.len() > MAX_KEYS || !self.keys.iter().all(fits) {
            return Err(("keys", format!("at most {MAX_KEYS}, each of 1 to {MAX_KEY_BYTES} bytes")));
        }
        if !self.target_id.iter().all(fits) {
            return Err(("target_id", format!("1 to {MAX_KEY_BYTES} bytes")));
        }
        Ok(())
    }
}

/// As a node is asked.
#[derive(Serialize)]
struct NodeRequest<'r, W> {
    #[serde(flatten)]
    which: &'r W,
    #[serde(skip_serializing_if = "Option::is_none")]
    workspace_id: Option<&'r str>,
}

/// Which postbacks: some or all.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAsideRetry {
    /// Of postbacks, as `key` in the list.
    #[serde(default)]
    pub ids: Vec<String>,
    #[serde(default)]
    pub all: bool,
}

impl SetAsideRetry {
    /// The field that is wrong, and how.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        let fits = |id: &String| (1..=MAX_KEY_BYTES).contains(&id.len());
        if self.ids.is_empty() != self.all {
            return Err(("ids", "either ids, or all".to_owned()));
        }
        if self.ids.len() > MAX_KEYS || !self.ids.iter().all(fits) {
            return Err(("ids", format!("at most {MAX_KEYS}, each of 1 to {MAX_KEY_BYTES} bytes")));
        }
        Ok(())
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Retried {
    /// By all nodes.
    pub retried: u64,
    pub nodes: Vec<NodeRetried>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NodeRetried {
    pub node: String,
    pub retried: u64,
    pub failed: Option<String>,
}

/// A node's part of the list.
#[derive(Debug, Deserialize)]
struct NodeList {
    items: Vec<DeadLetter>,
    total: u64,
}

#[derive(Debug, Deserialize)]
struct NodeAnswer {
    retried: u64,
}

type Answers<T> = Vec<(String, Result<T, NodeCallError>)>;

#[derive(Debug, Clone, Copy, Default)]
pub enum Kind {
    #[default]
    Outbound,
    /// Postbacks that were set aside.
    SetAside,
}

impl Kind {
    const fn path(self) -> &'static str {
        match self {
            Self::Outbound => LIST_PATH,
            Self::SetAside => SET_ASIDE_PATH,
        }
    }
}

/// Which part of the list.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    pub kind: Kind,
    /// At least 1: a node is asked for an entry at least, to learn how many it has.
    pub limit: u64,
    pub offset: u64,
    /// Only those of a traffic source, of one of its postbacks, or of a webhook.
    pub target_id: Option<String>,
    pub workspace_id: Option<String>,
}

/// Of a node, the latest first.
pub async fn list(nodes: &PostbackNodes, request: &ListRequest) -> List {
    let ListRequest { limit, offset, .. } = *request;
    let answers: Answers<NodeList> = nodes.get_in_turn(|before| page_path(before, request)).await;
    let mut list = List { items: Vec::new(), limit, offset, total: 0, nodes: Vec::new() };
    for (node, answer) in answers {
        let (total, failed) = match answer {
            Ok(NodeList { items, total }) => {
                // Of an entry that was asked for only to learn the total, nothing is shown.
                let room = (limit as usize).saturating_sub(list.items.len());
                list.items.extend(
                    items.into_iter().take(room).map(|item| DeadLetter { node: node.clone(), ..item }),
                );
                (total, None)
            }
            Err(error) => (0, Some(error.to_string())),
        };
        list.total += total;
        list.nodes.push(NodeTotal { node, total, failed });
    }
    list
}

/// What the next node is asked for, when these have answered.
fn page_path(before: &[(String, Result<NodeList, NodeCallError>)], request: &ListRequest) -> String {
    let ListRequest { kind, limit, offset, target_id, workspace_id } = request;
    let answered = before.iter().filter_map(|(_, answer)| answer.as_ref().ok());
    let (mut skipped, mut taken) = (0, 0);
    for node in answered {
        let left = offset.saturating_sub(skipped);
        taken += node.total.saturating_sub(left).min(limit - taken);
        skipped += node.total;
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("limit", &(limit - taken).max(1).to_string());
    query.append_pair("offset", &offset.saturating_sub(skipped).to_string());
    query.extend_pairs(target_id.iter().map(|id| ("target_id", id)));
    query.extend_pairs(workspace_id.iter().map(|id| ("workspace_id", id)));
    format!("{}?{}", kind.path(), query.finish())
}

/// At all nodes, since none knows where a key is; of one workspace, or of all.
pub async fn retry(nodes: &PostbackNodes, which: &RetryRequest, workspace_id: Option<&str>) -> Retried {
    let request = NodeRequest { which, workspace_id };
    sum(nodes.for_each(Method::POST, RETRY_PATH, Some(&request)).await)
}

/// Puts postbacks back on their way, at all nodes; of one workspace, or of all.
pub async fn retry_set_aside(
    nodes: &PostbackNodes,
    which: &SetAsideRetry,
    workspace_id: Option<&str>,
) -> Retried {
    let request = NodeRequest { which, workspace_id };
    sum(nodes.for_each(Method::POST, SET_ASIDE_RETRY_PATH, Some(&request)).await)
}

fn sum(answers: Answers<NodeAnswer>) -> Retried {
    let mut sum = Retried { retried: 0, nodes: Vec::with_capacity(answers.len()) };
    for (node, answer) in answers {
        let (retried, failed) = match answer {
            Ok(answer) => (answer.retried, None),
            Err(error) => (0, Some(error.to_string())),
        };
        sum.retried += retried;
        sum.nodes.push(NodeRetried { node, retried, failed });
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(totals: &[Option<u64>]) -> Vec<(String, Result<NodeList, NodeCallError>)> {
        let answer = |total: &Option<u64>| match total {
            Some(total) => Ok(NodeList { items: Vec::new(), total: *total }),
            None => Err(NodeCallError::Answer),
        };
        totals.iter().map(|total| ("node".to_owned(), answer(total))).collect()
    }

    #[test]
    fn nodes_are_asked_for_what_is_left_of_the_page() {
        for (before, limit, offset, expected) in [
            (&[][..], 10, 25, (10, 25)),
            (&[Some(30)], 10, 25, (5, 0)),
            (&[Some(20)], 10, 25, (10, 5)),
            (&[Some(20), None], 10, 25, (10, 5)),
            (&[Some(100)], 10, 25, (1, 0)),
            (&[Some(20), Some(7)], 10, 25, (8, 0)),
            (&[Some(0)], 1, 0, (1, 0)),
        ] {
            let request = ListRequest { limit, offset, ..ListRequest::default() };
            let path = page_path(&answered(before), &request);
            assert_eq!(path, format!("{LIST_PATH}?limit={}&offset={}", expected.0, expected.1), "{before:?}");
        }
    }

    #[test]
    fn a_filter_reaches_the_node_as_it_is() {
        let target_id = Some("a&b c".to_owned());
        let workspace_id = Some("w".to_owned());
        let request = ListRequest { limit: 1, target_id, workspace_id, ..ListRequest::default() };
        let expected = format!("{LIST_PATH}?limit=1&offset=0&target_id=a%26b+c&workspace_id=w");
        assert_eq!(page_path(&[], &request), expected);
    }

    #[test]
    fn a_retry_says_which_ones() {
        let keys = |n: usize| RetryRequest { keys: vec!["k".to_owned(); n], ..RetryRequest::default() };
        let all = RetryRequest { all: true, ..RetryRequest::default() };
        let of = RetryRequest { target_id: Some("t".to_owned()), ..RetryRequest::default() };
        for good in [&keys(1), &keys(MAX_KEYS), &all, &of] {
            assert!(good.check().is_ok(), "{good:?}");
        }
        let both = RetryRequest { all: true, ..keys(1) };
        let empty = RetryRequest { keys: vec![String::new()], ..RetryRequest::default() };
        for bad in [&RetryRequest::default(), &keys(MAX_KEYS + 1), &both, &empty] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
        assert_eq!(serde_json::to_value(&of).unwrap(), serde_json::json!({ "target_id": "t" }));
    }
}
