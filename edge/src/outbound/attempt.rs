//! One attempt at a job: what it is just now, the call, what follows, and its entry in the postback log.

use std::borrow::Cow;

use http::HeaderMap;
use traffoflex_model::{PostbackDirection, PostbackLogEvent, Status};
use traffoflex_wire::topic::Topic;
use url::Url;

use super::{
    Retries,
    breaker::Sign,
    call::{Call, Called, Caller},
    job::{Death, Job, Queued, Target},
    tables::End,
    verdict::{self, Verdict},
    webhook,
};
use crate::{
    outbox::{Appended, EncodedEvents, Outbox},
    snapshot::SnapshotHandle,
};

/// Of method and URL in the log. A source's URL is kept as it is, also what its owner wrote into it; of a webhook,
/// whose URL alone lets whoever has it in, only the beginning. Bodies are never kept.
const MAX_LOGGED_BYTES: usize = 2048;
const MAX_ERROR_BYTES: usize = 512;
/// A webhook's job waits so long for the node's first snapshot.
const NO_SNAPSHOT_WAIT_MS: i64 = 5_000;

/// What followed from an attempt.
#[derive(Debug)]
pub(super) struct Attempted {
    pub end: End,
    pub sign: Sign,
    /// None when nothing was tried or decided.
    pub log: Option<LogEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogEntry {
    pub at_ms: i64,
    pub status: &'static str,
    pub http_status: u16,
    pub error: String,
    pub latency_ms: u32,
}

/// What a job is at this moment.
enum Due {
    Call(HeaderMap),
    /// Its webhook is elsewhere now.
    Moved(String),
    /// Its webhook is gone or paused.
    Cancelled(&'static str),
    /// Nobody knows yet.
    Later,
    Hopeless(String),
}

pub(super) async fn attempt(
    caller: &Caller,
    snapshot: &SnapshotHandle,
    queued: &Queued,
    retries: Retries,
    now_ms: fn() -> i64,
) -> Attempted {
    let job = &queued.job;
    let headers = match due(snapshot, job, now_ms()) {
        Due::Call(headers) => headers,
        Due::Moved(url) => return Attempted { end: End::Moved { url }, sign: Sign::Nothing, log: None },
        Due::Later => {
            let next_at_ms = now_ms() + NO_SNAPSHOT_WAIT_MS;
            return Attempted { end: End::Postponed { next_at_ms }, sign: Sign::Nothing, log: None };
        }
        Due::Cancelled(why) => {
            let log = LogEntry::without_call("cancelled", why, now_ms());
            return Attempted { end: End::Cancelled, sign: Sign::Nothing, log: Some(log) };
        }
        Due::Hopeless(error) => {
            let log = LogEntry::without_call("dead", &error, now_ms());
            let end = End::Dead(death(queued, 0, error, now_ms()));
            return Attempted { end, sign: Sign::Nothing, log: Some(log) };
        }
    };
    let Job { method, url, key, content_type, body, .. } = job;
    let call = Call { method: *method, url, key, content_type: *content_type, body, headers };
    let called = caller.call(call).await;
    settle(queued, &called, retries, now_ms())
}

fn due(snapshot: &SnapshotHandle, job: &Job, now_ms: i64) -> Due {
    let Target::Webhook { webhook_id } = &job.target else { return Due::Call(HeaderMap::new()) };
    let table = snapshot.load();
    let Some(table) = table.as_deref() else { return Due::Later };
    let Some(webhook) = table.postbacks().webhooks.get(webhook_id) else {
        return Due::Cancelled("the webhook is gone");
    };
    if webhook.status != Status::Active {
        return Due::Cancelled("the webhook is not active");
    }
    if webhook.url != job.url {
        return Due::Moved(webhook.url.clone());
    }
    match webhook::headers(&webhook.secret, &job.key, now_ms / 1000, &job.body) {
        Ok(headers) => Due::Call(headers),
        Err(error) => Due::Hopeless(error.to_string()),
    }
}

/// What a call's end makes of the job.
fn settle(queued: &Queued, called: &Called, retries: Retries, now_ms: i64) -> Attempted {
    let made = queued.attempts + 1;
    let wait_ms = match verdict::verdict(called) {
        Verdict::Again => retries.wait_ms(made, called.retry_after, fastrand::f64()),
        Verdict::Delivered | Verdict::Hopeless => None,
    };
    let http_status = called.http_status.unwrap_or(0);
    let error = bounded(&called.error(), MAX_ERROR_BYTES).to_owned();
    let (end, status) = match (verdict::verdict(called), wait_ms) {
        (Verdict::Delivered, _) => (End::Delivered, "delivered"),
        (_, Some(wait_ms)) => (End::Failed { made, next_at_ms: now_ms + wait_ms }, "failed"),
        (_, None) => (End::Dead(death(queued, http_status, error.clone(), now_ms)), "dead"),
    };
    let log = LogEntry { at_ms: now_ms, status, http_status, error, latency_ms: called.latency_ms() };
    Attempted { end, sign: verdict::sign(called), log: Some(log) }
}

/// When it was in the queue for too long, whatever its host's breaker says.
pub(super) fn too_old(queued: &Queued, max_age_ms: i64, now_ms: i64) -> (End, LogEntry) {
    let hours = max_age_ms as f64 / 3_600_000.0;
    let error = format!("older than {hours} h, its host does not answer");
    let log = LogEntry::without_call("dead", &error, now_ms);
    let death = Death { attempts: queued.attempts, http_status: 0, error, died_at_ms: now_ms };
    (End::Dead(death), log)
}

/// When the attempt itself broke.
pub(super) fn broken(queued: &Queued, retries: Retries, now_ms: i64) -> Attempted {
    let failure = Some(super::call::CallError::Request("the delivery panicked".to_owned()));
    settle(queued, &Called { failure, ..Called::default() }, retries, now_ms)
}

fn death(queued: &Queued, http_status: u16, error: String, died_at_ms: i64) -> Death {
    Death { attempts: queued.attempts + 1, http_status, error, died_at_ms }
}

impl LogEntry {
    pub fn without_call(status: &'static str, error: &str, at_ms: i64) -> Self {
        Self { at_ms, status, http_status: 0, error: error.to_owned(), latency_ms: 0 }
    }

    fn event<'a>(&'a self, queued: &'a Queued) -> PostbackLogEvent<'a> {
        let job = &queued.job;
        let request = format!("{} {}", job.method.as_str(), logged_url(job));
        PostbackLogEvent {
            created_at: self.at_ms,
            postback_id: Cow::Borrowed(&job.key),
            workspace_id: Cow::Borrowed(&job.workspace_id),
            network_id: Cow::Borrowed(&job.network_id),
            click_id: Cow::Borrowed(&job.click_id),
            transaction_id: Cow::Borrowed(&job.transaction_id),
            direction: PostbackDirection::Outbound,
            status: Cow::Borrowed(self.status),
            error: Cow::Borrowed(&self.error),
            http_status: self.http_status,
            raw_payload: Cow::Owned(bounded(&request, MAX_LOGGED_BYTES).to_owned()),
            conversion_id: Cow::Borrowed(&job.conversion_id),
            target_id: Cow::Borrowed(job.target.id()),
            attempt: queued.attempts + 1,
            latency_ms: self.latency_ms,
        }
    }

    /// A call that was made is not made again because its entry could not be kept: that is counted.
    pub async fn append(&self, queued: &Queued, outbox: &Outbox) {
        let mut events = EncodedEvents::new();
        let is_kept = events.push(Topic::PostbackLogEvents, &self.event(queued)).is_ok()
            && matches!(outbox.append(events).await, Ok(Appended::Committed | Appended::Buffered));
        if !is_kept {
            metrics::counter!("traffoflex_outbound_log_lost_total").increment(1);
        }
    }
}

/// A webhook's without anything behind the first segment of its path.
fn logged_url(job: &Job) -> Cow<'_, str> {
    if let Target::SourcePostback { .. } = job.target {
        return Cow::Borrowed(&job.url);
    }
    let Ok(url) = job.url.parse::<Url>() else { return Cow::Borrowed("not a URL") };
    let mut segments = url.path_segments().into_iter().flatten();
    let first = segments.next().unwrap_or_default();
    let is_more = segments.next().is_some() || url.query().is_some();
    let more = match (is_more, first) {
        (false, _) => "",
        (true, "") => "...",
        (true, _) => "/...",
    };
    Cow::Owned(format!("{}/{first}{more}", url.origin().ascii_serialization()))
}

fn bounded(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbound::tests::job;

    #[test]
    fn a_webhooks_url_is_not_written_down() {
        let webhook = |url: &str| logged_url(&Job { url: url.to_owned(), ..job("k") }).into_owned();
        for (url, logged) in [
            ("https://hooks.example/services/T0/s3cret?token=s3cret", "https://hooks.example/services/..."),
            ("https://user:s3cret@hooks.example:8443/in", "https://hooks.example:8443/in"),
            ("https://hooks.example?token=s3cret", "https://hooks.example/..."),
            ("s3cret", "not a URL"),
        ] {
            assert_eq!(webhook(url), logged);
        }
        let target = Target::SourcePostback { source_id: "s".into(), postback_id: "p".to_owned() };
        let url = "https://source.example/a/b?c=d".to_owned();
        assert_eq!(logged_url(&Job { url: url.clone(), target, ..job("k") }), url);
    }
}
